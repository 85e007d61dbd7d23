// Places inside a config: "data.covariates.0" as typed, "/data/covariates/0" as a JSON pointer.
#pragma once

#include <string>
#include <vector>

namespace brenier {

// The keys of a dotted path; "\." is a dot inside a key. An empty vector when the path or one of its keys is empty.
[[nodiscard]] std::vector<std::string> split_config_path(const std::string& dotted);
// path + "." + key, the key's own dots escaped; only the key when the path is empty.
[[nodiscard]] std::string join_config_path(const std::string& dotted, const std::string& key);
// pointer + "/" + key, escaped as JSON pointers ask (RFC 6901).
[[nodiscard]] std::string join_json_pointer(const std::string& pointer, const std::string& key);

}  // namespace brenier

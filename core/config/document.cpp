#include "core/config/document.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/config/base_folders.h"
#include "core/config/path.h"
#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "core/nearest_name.h"

namespace brenier {
namespace document_detail {

using Json = nlohmann::ordered_json;
using Path = std::filesystem::path;

Path absolute_path(const Path& path) {
  std::error_code failed;
  Path result = std::filesystem::absolute(path, failed);
  return failed ? path : result;
}

// Merges `source`, which was stated in `folder`, into `target`: objects merge, everything else replaces.
void merge(ConfigDocument& document, Json& target, const std::string& pointer, const Json& source, const Path& folder) {
  if (target.is_object() && source.is_object()) {
    for (const auto& [key, value] : source.items()) {
      const std::string at = join_json_pointer(pointer, key);
      if (target.contains(key)) {
        merge(document, target[key], at, value, folder);
      } else {
        target[key] = value;
        record_base(document.base, at, value, folder);
      }
    }
    return;
  }
  target = source;
  restate_base(document.base, pointer, source, folder);
}

Json load(const Path& file) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) {
    std::vector<std::string> neighbours;
    const Path folder = file.has_parent_path() ? file.parent_path() : Path(".");
    std::filesystem::directory_iterator entry(folder, failed);
    for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
      if (entry->path().extension() == ".json") neighbours.push_back(entry->path().filename().string());
    }
    std::sort(neighbours.begin(), neighbours.end());
    Error error(ErrorKind::kUsage, "config file '" + file.string() + "' does not exist");
    const std::string near = nearest_name(file.filename().string(), neighbours);
    if (!near.empty()) {
      error.hint("did you mean '" + (folder / near).lexically_normal().string() + "'?");
    } else if (!neighbours.empty()) {
      error.hint("that folder has " + quoted_list(neighbours));
    }
    throw error;
  }
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error& error) {  // a config that cannot be read is wrong use, not wrong data
    throw Error(ErrorKind::kUsage, error.message()).at(file.string()).found(error.what());
  }
  return parse_json(text, file.string());
}

// Merges a config value and, before it, the files its "defaults" name. `chain`: the files being merged, outermost
// first.
void add(ConfigDocument& document, Json value, const Path& folder, const std::string& name, std::vector<Path>& chain) {
  if (!value.is_object()) {
    throw Error(ErrorKind::kUsage, "a config is a JSON object")
        .at(name)
        .found(shortened_json(value))
        .expected("{ ... }");
  }
  if (const auto defaults = value.find("defaults"); defaults != value.end()) {
    if (!defaults->is_array() ||
        !std::all_of(defaults->begin(), defaults->end(), [](const Json& v) { return v.is_string(); })) {
      throw Error(ErrorKind::kUsage, "'defaults' is a list of config files")
          .at(name + ": defaults")
          .found(shortened_json(*defaults))
          .expected("[\"../data/kang.json\", ...]");
    }
    for (const Json& item : *defaults) {
      const Path file = absolute_path(folder / item.get<std::string>());
      std::error_code failed;
      const Path same = std::filesystem::weakly_canonical(file, failed);
      if (std::find(chain.begin(), chain.end(), same) != chain.end()) {
        std::vector<std::string> names;
        for (const Path& link : chain) names.push_back(link.string());
        names.push_back(same.string());
        throw Error(ErrorKind::kUsage, "'defaults' go round in a circle")
            .at(name + ": defaults")
            .found(quoted_list(names));
      }
      chain.push_back(same);
      with_context(name + ": defaults", [&] {
        const Path shown = file.lexically_normal();
        add(document, load(shown), file.parent_path(), shown.string(), chain);
      });
      chain.pop_back();
    }
  }
  value.erase("defaults");
  value.erase("$schema");
  merge(document, document.root, "", value, folder);
}

}  // namespace document_detail

ConfigDocument compose(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const std::filesystem::path full = document_detail::absolute_path(file);
  ConfigDocument document;
  document.name = file.string();
  std::error_code failed;
  std::vector<std::filesystem::path> chain{std::filesystem::weakly_canonical(full, failed)};
  document_detail::add(document, document_detail::load(file), full.parent_path(), document.name, chain);
  const std::filesystem::path here = document_detail::absolute_path(".");
  for (const std::string& text : overrides) apply_override(document, text, here);
  return document;
}

ConfigDocument document_from(nlohmann::ordered_json root, const std::filesystem::path& folder, std::string name) {
  ConfigDocument document;
  document.name = std::move(name);
  std::vector<std::filesystem::path> chain;
  document_detail::add(document, std::move(root), document_detail::absolute_path(folder), document.name, chain);
  return document;
}

}  // namespace brenier

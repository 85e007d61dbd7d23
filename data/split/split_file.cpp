#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "data/split/split.h"
#include "data/split/split_leak.h"

namespace brenier::data {
namespace split_file_detail {

using Json = nlohmann::ordered_json;

const Json& part(const Json& json, const char* key, bool strings) {
  const bool good =
      json.is_object() && json.contains(key) && json.at(key).is_array() &&
      (!strings || std::all_of(json.at(key).begin(), json.at(key).end(), [](const Json& v) { return v.is_string(); }));
  if (good) return json.at(key);
  throw Error(ErrorKind::kData, "a stored split is incomplete")
      .at(key)
      .found(json.is_object() && json.contains(key) ? json.at(key).dump().substr(0, 80) : "nothing")
      .expected(strings ? "a list of cell names" : "a list of contexts");
}

Json names(const std::vector<std::int64_t>& rows, const ContextTable& contexts) {
  Json list = Json::array();
  for (const std::int64_t row : rows) list.push_back(contexts.cell_names.at(static_cast<std::size_t>(row)));
  return list;
}

}  // namespace split_file_detail

nlohmann::ordered_json to_json(const Split& split, const ContextTable& contexts) {
  namespace detail = split_file_detail;
  detail::Json held_out = detail::Json::array();
  for (const Context& context : split.held_out) held_out.push_back(to_json(context));
  return {{"kind", split.kind},
          {"held_out", held_out},
          {"train", detail::names(split.train, contexts)},
          {"validation", detail::names(split.validation, contexts)},
          {"test", detail::names(split.test, contexts)},
          {"excluded", detail::names(split.excluded, contexts)}};
}

Split split_from_json(const nlohmann::ordered_json& json, const ContextTable& contexts) {
  namespace detail = split_file_detail;
  Split split;
  for (const auto& item : detail::part(json, "held_out", false)) split.held_out.push_back(context_from_json(item));
  std::sort(split.held_out.begin(), split.held_out.end());
  if (json.contains("kind") && json.at("kind").is_string()) split.kind = json.at("kind").get<std::string>();

  std::unordered_map<std::string, std::int64_t> row_of;
  for (std::size_t i = 0; i < contexts.cell_names.size(); ++i) {
    row_of.emplace(contexts.cell_names[i], static_cast<std::int64_t>(i));
  }
  std::vector<std::string> absent;
  std::unordered_set<std::int64_t> placed;
  const auto read = [&](const char* key, std::vector<std::int64_t>& rows) {
    for (const auto& name : detail::part(json, key, true)) {
      const auto hit = row_of.find(name.get<std::string>());
      if (hit == row_of.end()) {
        absent.push_back(name.get<std::string>());
      } else {
        rows.push_back(hit->second);
        placed.insert(hit->second);
      }
    }
    std::sort(rows.begin(), rows.end());
  };
  read("train", split.train);
  read("validation", split.validation);
  read("test", split.test);
  read("excluded", split.excluded);
  if (!absent.empty()) {
    throw Error(ErrorKind::kData, "cells of the stored split are not in the data")
        .found(std::to_string(absent.size()) + " cells: " + quoted_list(absent, 5))
        .expected("the data that the split was made from");
  }
  std::vector<std::string> unknown;
  for (std::size_t i = 0; i < contexts.cell_names.size(); ++i) {
    if (contexts.context_of[i] >= 0 && placed.count(static_cast<std::int64_t>(i)) == 0)
      unknown.push_back(contexts.cell_names[i]);
  }
  if (!unknown.empty()) {
    throw Error(ErrorKind::kData, "cells of the data are not in the stored split")
        .found(std::to_string(unknown.size()) + " cells: " + quoted_list(unknown, 5))
        .expected("the data that the split was made from");
  }
  if (const auto leak = find_leak(split, contexts)) {
    throw Error(ErrorKind::kData, "the stored split leaks: cell '" + leak->cell + "' " + leak->what)
        .found(leak->context.empty() ? "" : "context '" + leak->context + "'");
  }
  return split;
}

void save_split(const Split& split, const ContextTable& contexts, const std::filesystem::path& path) {
  write_atomically(path, to_json(split, contexts).dump(1) + "\n");
}

Split load_split(const std::filesystem::path& path, const ContextTable& contexts) {
  return with_context(path.string(), [&] {
    nlohmann::ordered_json json;
    try {
      json = nlohmann::ordered_json::parse(read_file(path));
    } catch (const nlohmann::json::parse_error& error) {
      throw Error(ErrorKind::kData, "a stored split is no JSON").found(error.what());
    }
    return split_from_json(json, contexts);
  });
}

}  // namespace brenier::data

#include "tests/house/rules.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>

namespace brenier::house {

namespace rules_detail {

struct Include {
  bool quoted = false;
  std::string target;
};

// Which rooms a room may include.
const std::map<std::string, std::set<std::string>>& arrows() {
  static const std::map<std::string, std::set<std::string>> kArrows = {
      {"core", {"core"}},
      {"data", {"core", "data"}},
      {"ot", {"core", "ot"}},
      {"ops", {"core", "ot", "ops"}},
      {"models", {"core", "ot", "models"}},
      {"runtime", {"core", "runtime"}},
      {"train", {"core", "data", "ot", "models", "runtime", "train"}},
      {"apps", {"core", "data", "ot", "models", "runtime", "train", "apps"}},
  };
  return kArrows;
}

bool is_library(const SourceFile& file) { return arrows().contains(file.room()) && file.room() != "apps"; }

std::string place(const SourceFile& file, std::size_t line_index) {
  return file.path + ":" + std::to_string(line_index + 1) + ": ";
}

std::optional<Include> parse_include(std::string_view line) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::match_results<std::string_view::const_iterator> match;
  if (!std::regex_search(line.begin(), line.end(), match, kInclude)) return std::nullopt;
  return Include{match[1].str() == "\"", match[2].str()};
}

// Calls f(line index, line) for every line of the file.
template <class F>
void each_line(const SourceFile& file, F&& f) {
  const std::vector<std::string_view> lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) f(i, lines[i]);
}

// One violation for every line that matches, unless it says why it may: a comment with the word `house-ok`.
Violations forbid(const SourceFile& file, const std::regex& pattern, const std::string& what) {
  Violations found;
  each_line(file, [&](std::size_t i, std::string_view line) {
    if (line.find("house-ok") != std::string_view::npos) return;
    if (std::regex_search(line.begin(), line.end(), pattern)) found.push_back(place(file, i) + what);
  });
  return found;
}

void append(Violations& all, Violations more) { all.insert(all.end(), more.begin(), more.end()); }

}  // namespace rules_detail

Violations check_arrows(const SourceFile& file) {
  Violations found;
  if (!file.is_cpp()) return found;
  const std::string room = file.room();
  const auto allowed = rules_detail::arrows().find(room);
  const bool free = allowed == rules_detail::arrows().end();  // tests, bench, examples may include every room
  rules_detail::each_line(file, [&](std::size_t i, std::string_view line) {
    const auto include = rules_detail::parse_include(line);
    if (!include) return;
    const std::string target_room = SourceFile{include->target, {}}.room();
    const bool ours = rules_detail::arrows().contains(target_room);
    const bool scaffold = target_room == "tests" || target_room == "bench";
    const bool wrong_arrow = !free && (ours || scaffold) && !allowed->second.contains(target_room);
    const auto report = [&](const std::string& what) {
      found.push_back(rules_detail::place(file, i) + what + ": '" + include->target + "'");
    };
    if (ours && !include->quoted && room != "examples") {
      report("our own header belongs in quotes");
    } else if (!ours && !scaffold && include->quoted) {
      report("not a path from the repository root");
    } else if (wrong_arrow) {
      report(room + " may not include " + target_room);
    } else if (!free && room != "data" && include->target.starts_with("hdf5")) {
      report("HDF5 belongs to data");
    }
  });
  return found;
}

Violations check_torch_headers(const SourceFile& file) {
  if (!file.is_header()) return {};
  static const std::regex kUmbrella(
      R"(^\s*#\s*include\s*[<"](torch/(torch|all|extension|nn|script|optim|data)\.h)[>"])");
  return rules_detail::forbid(file, kUmbrella, "an umbrella header of torch in a header; take <ATen/core/Tensor.h>");
}

Violations check_cpp_habits(const SourceFile& file) {
  Violations found;
  if (!file.is_cpp()) return found;
  if (file.is_header() && file.text.find("#pragma once") == std::string::npos) {
    found.push_back(file.path + ":1: no #pragma once");
  }
  static const std::regex kUsing(R"(^using\s+namespace\b)");
  rules_detail::append(
      found, rules_detail::forbid(file, kUsing, "'using namespace' outside a function clashes in a unity build"));
  static const std::regex kAnonymous(R"(^\s*(inline\s+)?namespace\s*\{)");
  rules_detail::append(found, rules_detail::forbid(file, kAnonymous,
                                                   "an anonymous namespace clashes in a unity build; name it after "
                                                   "the file"));
  return found;
}

Violations check_no_printing(const SourceFile& file) {
  if (!file.is_cpp() || !rules_detail::is_library(file)) return {};
  // Lines that are comments are left out by (?!\s*//).
  static const std::regex kPrinting(R"(^(?!\s*//).*(std::cout|[(,]\s*stdout\s*[,)]|\b(printf|puts|putchar)\s*\())");
  return rules_detail::forbid(file, kPrinting, "library code does not write to standard output");
}

Violations check_length(const SourceFile& file) {
  const bool is_code = file.is_cpp() || file.path.ends_with(".cmake") || file.path.ends_with(".py") ||
                       file.path.ends_with("CMakeLists.txt") || file.room() == "scripts";
  const std::size_t lines = lines_of(file.text).size();
  if (!is_code || lines <= kMaxLines) return {};
  return {file.path + ": " + std::to_string(lines) + " lines, at most " + std::to_string(kMaxLines) +
          "; split it by concept"};
}

Violations check_words(const SourceFile& file) {
  // The words are put together here so that this file keeps its own rule.
  static const std::regex kNotes(std::string(R"(\b()") + "TO" + "DO|FIX" + "ME|X" + "XX" + R"()\b)");
  static const std::regex kMachine(std::string(R"((^|[^\w.}])/()") + "ho" + "me/(?!someone)|ro" + "ot/|wo" + "rk/|tm" +
                                   "p/w/|Us" + "ers/)");
  Violations found = rules_detail::forbid(file, kNotes, "a note to self; make it an issue");
  rules_detail::append(found, rules_detail::forbid(file, kMachine, "a path of one machine"));
  return found;
}

Violations check_citations(const SourceFile& file, const std::string& references) {
  static const std::regex kKey(R"(\b[a-z]{3,}(19|20)[0-9]{2}[a-z]*\b)");
  Violations found;
  if (!file.is_cpp() && !file.path.ends_with(".md")) return found;
  rules_detail::each_line(file, [&](std::size_t i, std::string_view line) {
    if (line.find("house-ok") != std::string_view::npos) return;
    for (std::regex_iterator<std::string_view::const_iterator> key(line.begin(), line.end(), kKey), end; key != end;
         ++key) {
      if (references.find("**" + key->str() + "**") == std::string::npos) {
        found.push_back(rules_detail::place(file, i) + "'" + key->str() + "' is not in REFERENCES.md");
      }
    }
  });
  return found;
}

Violations check_config(const SourceFile& file, const std::filesystem::path& root) {
  if (file.room() != "configs" || !file.is_json()) return {};
  const nlohmann::json json = nlohmann::json::parse(file.text, nullptr, false);
  if (json.is_discarded()) return {file.path + ": not valid JSON"};
  if (!json.is_object()) return {file.path + ": not a JSON object"};
  const auto schema = json.find("$schema");
  if (schema == json.end() || !schema->is_string()) return {file.path + ": no $schema"};
  const std::string address = schema->get<std::string>();
  if (address.find("://") != std::string::npos) return {};
  const auto beside = (root / std::filesystem::path(file.path).parent_path() / address).lexically_normal();
  if (std::filesystem::exists(beside)) return {};
  return {file.path + ": its $schema '" + address + "' is not a file beside it"};
}

}  // namespace brenier::house

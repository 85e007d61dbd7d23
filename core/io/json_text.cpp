#include "core/io/json_text.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

namespace brenier {
namespace json_text_detail {

// Reads characters and counts how many were taken, so that every failure knows its place.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* position, std::size_t* taken) : position_(position), taken_(taken) {}
  reference operator*() const { return *position_; }
  CountingIterator& operator++() {
    ++position_;
    ++*taken_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator old = *this;
    ++*this;
    return old;
  }
  bool operator==(const CountingIterator& other) const { return position_ == other.position_; }

 private:
  const char* position_;
  std::size_t* taken_;
};

// "line 3, column 7" and the text of that line, for the last of `taken` characters.
Error located(ErrorKind kind, const std::string& message, std::string_view text, std::size_t taken) {
  const std::size_t end = std::min(taken == 0 ? 0 : taken - 1, text.size());
  const std::string_view before = text.substr(0, end);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  const std::size_t stop = std::min(text.find('\n', start), text.size());
  const std::size_t column = end - start + 1;
  constexpr std::size_t kShown = 60;  // a long line is shown around the column
  const std::size_t first = column > kShown ? start + column - kShown : start;
  std::string shown(text.substr(first, std::min(stop - first, 2 * kShown)));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  Error error(kind, message);
  error.at("line " + std::to_string(line) + ", column " + std::to_string(column));
  if (!shown.empty()) error.found(shown);
  return error;
}

// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..." -> "syntax error ...".
std::string reason(const std::string& what) {
  std::size_t start = what.find("] ");
  start = start == std::string::npos ? 0 : start + 2;
  const std::size_t column = what.find(", column ", start);
  if (column != std::string::npos) {
    const std::size_t colon = what.find(": ", column);
    if (colon != std::string::npos) start = colon + 2;
  }
  std::string text = what.substr(start);
  const std::size_t last_read = text.find("; last read: '");  // repeats the file up to there; the line is shown anyway
  if (last_read != std::string::npos) {
    const std::size_t expected = text.rfind("'; expected ");
    text.erase(last_read,
               expected == std::string::npos || expected < last_read ? std::string::npos : expected + 1 - last_read);
  }
  return text;
}

}  // namespace json_text_detail

nlohmann::ordered_json parse_json(std::string_view text, const std::string& name, ErrorKind kind) {
  using Json = nlohmann::ordered_json;
  std::size_t taken = 0;
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMaxJsonDepth) {
      throw json_text_detail::located(
          kind, name + " is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels", text, taken);
    }
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      throw json_text_detail::located(
          kind, name + " states the key '" + parsed.get<std::string>() + "' twice in one object", text, taken);
    }
    return true;
  };
  try {
    return Json::parse(json_text_detail::CountingIterator(text.data(), &taken),
                       json_text_detail::CountingIterator(text.data() + text.size(), &taken), watch);
  } catch (const nlohmann::json::exception& error) {
    throw json_text_detail::located(kind, name + " is not valid JSON: " + json_text_detail::reason(error.what()), text,
                                    taken)
        .at(name);
  } catch (Error& error) {
    throw error.at(name);
  }
}

std::string shortened_json(const nlohmann::ordered_json& value, std::size_t limit) {
  std::string text = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a UTF-8 character
  return text.substr(0, end) + "...";
}

}  // namespace brenier

#include "core/error.h"

namespace brenier {

Error::Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) { compose(); }

Error& Error::at(std::string where) {
  where_.push_back(std::move(where));
  compose();
  return *this;
}

Error& Error::found(std::string what) {
  found_ = std::move(what);
  compose();
  return *this;
}

Error& Error::expected(std::string what) {
  expected_ = std::move(what);
  compose();
  return *this;
}

Error& Error::hint(std::string what) {
  hint_ = std::move(what);
  compose();
  return *this;
}

void Error::compose() {
  text_ = message_;
  if (!where_.empty()) {
    text_ += "\n  where:    ";
    for (auto place = where_.rbegin(); place != where_.rend(); ++place) {
      if (place != where_.rbegin()) text_ += ": ";
      text_ += *place;
    }
  }
  if (!found_.empty()) text_ += "\n  found:    " + found_;
  if (!expected_.empty()) text_ += "\n  expected: " + expected_;
  if (!hint_.empty()) text_ += "\n  hint:     " + hint_;
}

std::string quoted_list(const std::vector<std::string>& items, std::size_t limit) {
  if (items.empty()) return "nothing";
  std::string text;
  for (std::size_t i = 0; i < items.size() && i < limit; ++i) {
    if (i > 0) text += ", ";
    text += "'" + items[i] + "'";
  }
  if (items.size() > limit) text += ", ... (" + std::to_string(items.size()) + " in all)";
  return text;
}

}  // namespace brenier

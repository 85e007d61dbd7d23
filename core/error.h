// The one error type of Brenier: what is wrong, where, what was found and what would be right.
//
// Every failure that a user can cause or meet is thrown as an Error. Its kind is the exit code of the
// command line. Library code never prints or exits; `apps/` prints what() and returns the code.
//
//   throw Error(ErrorKind::kData, "column 'condition' is missing")
//       .at("obs of cells.h5ad")
//       .found("columns 'cell_type', 'label'")
//       .expected("data.perturbation_column to name one of them");
//
// A caller that knows more adds it on the way up (outermost place first in the message):
//
//   with_context("reading " + path, [&] { return read_obs(file); });
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace brenier {

// The value is the exit code of the `brenier` command.
enum class ErrorKind {
  kDefect = 1,       // a bug of ours
  kUsage = 2,        // wrong command line or config
  kData = 3,         // wrong, missing or unwritable data
  kNumerical = 4,    // an algorithm failed: NaN, no convergence
  kInterrupted = 5,  // stopped by a signal, state saved
};

class Error final : public std::exception {
 public:
  Error(ErrorKind kind, std::string message);

  // Each returns *this so that a throw expression can be built in one go.
  Error& at(std::string where);       // file, config path, row; may be called more than once
  Error& found(std::string what);     // the offending value
  Error& expected(std::string what);  // what would be right
  Error& hint(std::string what);      // a way out, when there is one

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] int exit_code() const noexcept { return static_cast<int>(kind_); }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

  // The message on the first line, then "  where: ...", "  found: ...", "  expected: ...", "  hint: ...".
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  void compose();

  ErrorKind kind_;
  std::string message_;
  std::vector<std::string> where_;
  std::string found_;
  std::string expected_;
  std::string hint_;
  std::string text_;
};

// Runs f(); an Error that leaves it gains `where` as its outermost place.
template <class F>
auto with_context(const std::string& where, F&& f) -> decltype(std::forward<F>(f)()) {
  try {
    return std::forward<F>(f)();
  } catch (Error& error) {
    error.at(where);
    throw;
  }
}

// "'a', 'b', 'c'"; at most `limit` items, then "... (N in all)". Used in messages that list what exists.
[[nodiscard]] std::string quoted_list(const std::vector<std::string>& items, std::size_t limit = 20);

}  // namespace brenier

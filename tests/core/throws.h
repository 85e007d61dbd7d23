// The Error that an expression throws, for tests of messages.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "core/error.h"

namespace brenier::tests {

// Runs f; an Error of that kind is expected, and its whole text returned. Anything else fails the test.
inline std::string error_text(ErrorKind kind, const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return "";
}

}  // namespace brenier::tests

// Tests on one small experiment, trained once for all tests of a suite by the command itself.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/helpers/temp_dir.h"

namespace brenier::tests {

// In its folder: small.json, cells.h5ad (command_line.h) and the trained run/.
class SmallRun : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  [[nodiscard]] static std::string at(const std::string& name);

  static std::unique_ptr<TempDir> folder_;
  static std::string table_;  // what training printed
};

}  // namespace brenier::tests

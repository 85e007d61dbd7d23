#include "tests/apps/small_run.h"

#include "tests/apps/command_line.h"

namespace brenier::tests {

std::unique_ptr<TempDir> SmallRun::folder_;
std::string SmallRun::table_;

void SmallRun::SetUpTestSuite() {
  folder_ = std::make_unique<TempDir>();
  make_small_experiment(folder_->path());
  const auto run = brenier("train '" + at("small.json") + "' --out '" + at("run") + "'");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  table_ = run.out;
}

void SmallRun::TearDownTestSuite() { folder_.reset(); }

std::string SmallRun::at(const std::string& name) { return (folder_->path() / name).string(); }

}  // namespace brenier::tests

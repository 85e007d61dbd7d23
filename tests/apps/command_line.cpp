#include "tests/apps/command_line.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>

#include "core/io/atomic_file.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {

namespace command_line_detail {

// `prefix` stands directly before the command.
CommandResult run(const std::string& before, const std::string& prefix, const std::string& arguments) {
  const TempDir folder;
  const auto out = (folder.path() / "out").string();
  const auto err = (folder.path() / "err").string();
  const int status = std::system(
      (before + "exec " + prefix + " '" BRENIER_COMMAND "' " + arguments + " >'" + out + "' 2>'" + err + "' </dev/null")
          .c_str());
  CommandResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = read_file(out);
  result.err = read_file(err);
  return result;
}

}  // namespace command_line_detail

CommandResult brenier(const std::string& arguments, const std::string& before) {
  return command_line_detail::run(before, "", arguments);
}

CommandResult brenier_for(const std::string& seconds, const std::string& signal, const std::string& arguments) {
  return command_line_detail::run("", "timeout --preserve-status -s " + signal + " " + seconds, arguments);
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void make_small_experiment(const std::filesystem::path& folder) {
  const auto made = brenier(
      "simulate perturbation --seed 5 -s genes=40 -s cell_types=3 -s perturbations=2 -s cells=40 "
      "-s control_cells=40 --output '" +
      (folder / "cells.h5ad").string() + "'");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  write_text(folder / "small.json", R"({
    "name": "small", "threads": 1,
    "data": {"path": "cells.h5ad", "perturbation": {"preset": "scperturb", "covariates": ["cell_type"]}},
    "preprocess": {"normalize_total": {"enabled": true, "target_sum": 1000}, "log1p": true},
    "split": {"kind": "held_out_context", "held_out": [{"perturbation": "pert_1", "covariates": {"cell_type": "type_2"}}]},
    "model": {"kind": "condot", "latent": {"width": 4, "hidden": [16], "steps": 30, "batch": 32},
              "potential": {"hidden": [8, 8], "context_width": 4}, "steps": 30, "inner": 2, "batch": 16},
    "train": {"validation": {"score": "energy_distance", "every": 10}, "checkpoint": {"every": 7}, "log_every": 1},
    "evaluate": {"metrics": ["r2_mean", "energy_distance"], "bootstrap": 10}
  })");
}

}  // namespace brenier::tests

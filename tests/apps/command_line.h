// Runs the built `brenier` command as a user would, and makes small experiments for it.
#pragma once

#include <filesystem>
#include <string>

namespace brenier::tests {

struct CommandResult {
  int exit_code = -1;  // 128 + signal when it was killed
  std::string out;
  std::string err;
};

// `arguments` as in a shell, after the command; `before` is put in front of it ("ulimit -f 10; ").
[[nodiscard]] CommandResult brenier(const std::string& arguments, const std::string& before = "");

// The same under a limit of time: after `seconds` the command gets the signal ("KILL", "TERM") and is waited for.
[[nodiscard]] CommandResult brenier_for(const std::string& seconds, const std::string& signal,
                                        const std::string& arguments);

// A folder with cells.h5ad (simulated: 3 cell types, 2 perturbations, 40 genes) and small.json, a short CondOT
// experiment that holds out pert_1 in type_2.
void make_small_experiment(const std::filesystem::path& folder);

void write_text(const std::filesystem::path& path, const std::string& text);

}  // namespace brenier::tests

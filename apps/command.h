// The `brenier` command: one file a verb, each adding itself to the parser.
//
// A verb's function makes a subcommand of `root` with its options and a callback that does the work. Results go to
// stdout, log and progress to stderr. run() turns every failure into one message and the exit code of core/error.h.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace brenier::apps {

// Exit code of the whole command.
[[nodiscard]] int run(int argc, char** argv);

void add_evaluate(CLI::App& root);
void add_export(CLI::App& root);
void add_inspect(CLI::App& root);
void add_ot(CLI::App& root);
void add_predict(CLI::App& root);
void add_preprocess(CLI::App& root);
void add_report(CLI::App& root);
void add_schema(CLI::App& root);
void add_simulate(CLI::App& root);
void add_stability(CLI::App& root);
void add_train(CLI::App& root);
void add_validate(CLI::App& root);

// Writes text to stdout; throws kData when it cannot (closed pipe, full disk).
void print(const std::string& text);
// The same for JSON, indented, with a line end.
void print_json(const nlohmann::ordered_json& json);

}  // namespace brenier::apps

#include "apps/command.h"

#include <c10/util/Exception.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/nearest_name.h"

namespace brenier::apps {
namespace command_detail {

int fail(const std::string& message, ErrorKind kind) {
  std::fprintf(stderr, "brenier: %s\n", message.c_str());
  return static_cast<int>(kind);
}

int fail_out_of_memory() {
  return fail("out of memory\n  hint:     fewer genes, a smaller batch, or a machine with more memory",
              ErrorKind::kData);
}

// A mistyped command, with the nearest one: the parser alone would only say that a command is missing.
void require_known_command(const CLI::App& parent, int argc, char** argv, int place = 1) {
  if (place >= argc || argv[place][0] == '-') return;
  const std::string given = argv[place];
  std::vector<std::string> known;
  for (const auto* command : parent.get_subcommands(nullptr)) {
    if (command->get_name() == given) return require_known_command(*command, argc, argv, place + 1);
    known.push_back(command->get_name());
  }
  if (known.empty()) return;
  Error error(ErrorKind::kUsage, "there is no command '" + given + "'");
  if (place > 1) error.at("brenier " + parent.get_name());
  error.expected(quoted_list(known));
  if (const auto nearest = nearest_name(given, known); !nearest.empty()) error.hint("did you mean '" + nearest + "'?");
  throw error;
}

// The first line of a torch message: the rest is a stack trace.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace command_detail

int run(int argc, char** argv) {
  // A closed pipe and a file-size limit are errors of the write that meets them, not a death without a word.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  CLI::App root("Learns how cells respond to perturbations, by neural optimal transport", "brenier");
  root.set_version_flag("--version", BRENIER_VERSION);
  root.require_subcommand(1);
  root.footer("'brenier COMMAND --help' has the options and examples of a command.");
  add_train(root);
  add_evaluate(root);
  add_predict(root);
  add_export(root);
  add_report(root);
  add_inspect(root);
  add_validate(root);
  add_schema(root);
  add_simulate(root);
  add_stability(root);
  add_preprocess(root);
  add_ot(root);
  try {
    command_detail::require_known_command(root, argc, argv);
    root.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return root.exit(error) == 0 ? 0 : static_cast<int>(ErrorKind::kUsage);
  } catch (const Error& error) {
    return command_detail::fail(error.what(), error.kind());
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (text.find("not enough memory") != std::string::npos) return command_detail::fail_out_of_memory();
    return command_detail::fail("a tensor operation failed (this is a defect): " + command_detail::first_line(text),
                                ErrorKind::kDefect);
  } catch (const std::bad_alloc&) {
    return command_detail::fail_out_of_memory();
  } catch (const std::exception& error) {
    return command_detail::fail("this is a defect: " + command_detail::first_line(error.what()), ErrorKind::kDefect);
  }
}

void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return;
  throw Error(ErrorKind::kData, "the result cannot be written").at("standard output").found(std::strerror(errno));
}

void print_json(const nlohmann::ordered_json& json) { print(json.dump(2) + "\n"); }

}  // namespace brenier::apps

// to_csv and write_evaluation_csv of evaluation.h.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/io/atomic_file.h"
#include "train/evaluation/evaluation.h"

namespace brenier::train {
namespace evaluation_csv_detail {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// The shortest text that reads back the same.
std::string number(double value) {
  if (!std::isfinite(value)) return {};
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

std::string line(const std::vector<std::string>& fields) {
  std::string out;
  for (std::size_t i = 0; i < fields.size(); ++i) out += (i > 0 ? "," : "") + quoted(fields[i]);
  return out + "\n";
}

}  // namespace evaluation_csv_detail

std::string to_csv(const Evaluation& evaluation) {
  using evaluation_csv_detail::line;
  using evaluation_csv_detail::number;
  const bool learned = std::any_of(evaluation.contexts.begin(), evaluation.contexts.end(),
                                   [](const ContextEvaluation& context) { return context.n_learned > 0; });
  // One row, with "n_learned" behind "n_true" where it has something to say.
  const auto row = [learned](std::vector<std::string> fields, const std::string& n_learned) {
    if (learned) fields.insert(fields.begin() + 5, n_learned);
    return line(fields);
  };
  std::string out =
      row({"scope", "context", "held_out", "n_control", "n_true", "method", "metric", "value", "median", "low", "high"},
          "n_learned");
  for (const ContextEvaluation& context : evaluation.contexts) {
    for (const auto& [method, scores] : context.scores) {
      for (const auto& [metric, value] : scores) {
        const auto [low, high] = interval_of(context, method, metric);
        out += row({"context", to_string(context.context), context.held_out ? "true" : "false",
                    std::to_string(context.n_control), std::to_string(context.n_true), method, metric, number(value),
                    "", number(low), number(high)},
                   std::to_string(context.n_learned));
      }
    }
  }
  for (const auto& [method, metrics] : evaluation.summary) {
    for (const auto& [metric, summary] : metrics) {
      out += row({"summary", "", "", "", "", method, metric, number(summary.mean), number(summary.median),
                  number(summary.low), number(summary.high)},
                 "");
    }
  }
  return out;
}

void write_evaluation_csv(const std::filesystem::path& path, const Evaluation& evaluation) {
  write_atomically(path, to_csv(evaluation));
}

}  // namespace brenier::train

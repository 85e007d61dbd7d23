// One self-contained HTML page about a run, light and dark, wide and narrow; it loads nothing, and a policy in its head
// keeps it so. Charts are inline SVG; where the build has Vega-Lite (vega_library.h) they become interactive in readers
// that run scripts.
//
// Sections: what was asked and the headline table (model, baselines, ceiling); a dot chart of scores per context; a
// table per context; loss curves; the map of every context when cells have two features; the latent mechanisms of a
// model that has them; per context predicted against true means, the genes that change most, and a two-component PCA of
// control, predicted and true cells; the config and versions. Every text that comes from data is escaped.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"
#include "models/mechanism_model.h"
#include "train/evaluation/evaluation.h"

namespace brenier::train {

// The cells of one context that the page draws.
struct ReportContext {
  Context context;
  bool held_out = true;
  at::Tensor control;    // [N, G]
  at::Tensor predicted;  // [N, G]
  at::Tensor truth;      // [M, G]
};

struct ReportInput {
  std::string title;
  std::string subtitle;  // one line: data, split, model
  Evaluation evaluation;
  std::vector<std::string> genes;                             // G, the columns of the cells below
  std::vector<ReportContext> contexts;                        // may be empty: the page then shows scores alone
  std::vector<ReportContext> maps;                            // drawn as maps; two features only
  std::optional<models::Mechanisms> mechanisms;               // of a model that has them
  std::filesystem::path history;                              // metrics.jsonl; empty or absent: no loss curves
  nlohmann::ordered_json config;                              // the resolved config; null: not shown
  std::vector<std::pair<std::string, std::string>> versions;  // "brenier" -> "0.1.0"
  bool interactive = true;  // where the build can; false: a small page without scripts
};

// The page as text. Throws kData when cells and genes do not fit or the history is no JSON lines.
[[nodiscard]] std::string render_report(const ReportInput& input);
// Renders and writes it atomically.
void write_report(const std::filesystem::path& path, const ReportInput& input);

}  // namespace brenier::train

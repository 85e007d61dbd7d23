// Times training steps of the sVAE+ on counts in memory, as the training loop calls them.
//
//   svae_step [--threads N] [--genes 100] [--hidden 128,128] [--latents 15] [--batch 128] [--actions 80] [--cells
//   18000]
//             [--level 40] [--repeats 200]
//   svae_step --serve ...      one JSON object a line of stdin: {"seconds": .., "processor": .., "losses": {..}}
//
// Counts are Poisson around gamma variates of mean `level`; each step gets the next of eight prepared batches. Seconds
// are those of one step on the clock, `processor` what all threads together were given for it.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/ot_limits/timing.h"
#include "core/random.h"
#include "models/model.h"
#include "models/svae/settings.h"

namespace brenier::bench {
namespace svae_step_detail {

using Index = std::int64_t;

struct Options {
  int threads = 1;
  Index genes = 100;
  std::vector<Index> hidden = {128, 128};
  Index latents = 15;
  Index batch = 128;
  Index actions = 80;
  Index cells = 18000;
  double level = 40.0;
  int repeats = 200;
  bool serve = false;
};

at::Tensor counts_of(RandomStream& stream, Index cells, const Options& options) {
  auto counts = at::empty({cells, options.genes});
  auto* values = counts.data_ptr<float>();
  for (Index k = 0; k < counts.numel(); ++k) {
    values[k] = static_cast<float>(stream.poisson(stream.gamma(1.0, options.level)));
  }
  return counts;
}

// Actions without end on the same few cells: a step sees only its batch, the model counts the cells.
class RepeatedView final : public models::TrainingView {
 public:
  RepeatedView(const Options& options, at::Tensor cells) : size_(options.cells), cells_(std::move(cells)) {
    for (Index g = 0; g < options.genes; ++g) task_.genes.push_back("gene" + std::to_string(g));
    for (Index a = 0; a < options.actions; ++a) {
      Context context;
      context.actions.push_back({.name = "action" + std::to_string(1000 + a)});
      task_.actions.push_back(context.actions.front().name);
      task_.contexts.push_back(context);
    }
    const Index control = size_ / (options.actions + 1);
    std::vector<Index> rows;
    for (Index k = 0; k < control; ++k) rows.push_back(k);
    for (const auto& context : task_.contexts) {
      std::vector<Index> treated;
      for (Index k = 0; k < control; ++k) treated.push_back(static_cast<Index>(contexts_.size() + 1) * control + k);
      contexts_.push_back({context, treated, rows});
    }
  }
  [[nodiscard]] const models::Task& task() const override { return task_; }
  [[nodiscard]] const std::vector<models::TrainingContext>& contexts() const override { return contexts_; }
  [[nodiscard]] const std::vector<models::TrainingContext>& control_only() const override { return control_only_; }
  [[nodiscard]] Index size() const override { return size_; }
  [[nodiscard]] at::Tensor rows(const std::vector<Index>& rows) const override {
    return cells_.index_select(0, at::tensor(rows, at::kLong).remainder(cells_.size(0)));
  }

 private:
  Index size_;
  at::Tensor cells_;
  models::Task task_;
  std::vector<models::TrainingContext> contexts_;
  std::vector<models::TrainingContext> control_only_;
};

class Step {
 public:
  explicit Step(const Options& options) : view_(options, counts_of(stream_, 8 * options.batch, options)) {
    models::SvaeSettings settings("svae_plus");
    settings.latent_width = options.latents;
    settings.hidden = options.hidden;
    settings.batch = options.batch;
    model_ = settings.build(view_.task(), 0);
    model_->begin_stage(0, view_);
    for (Index k = 0; k < 8; ++k) {
      std::vector<Index> rows;
      std::vector<Index> labels;
      for (Index b = 0; b < options.batch; ++b) {
        rows.push_back(k * options.batch + b);
        labels.push_back(stream_.below(options.actions));
      }
      models::Batch batch;
      batch.cells = view_.rows(rows);
      batch.labels = at::tensor(labels, at::kLong);
      batches_.push_back(batch);
    }
  }

  models::Losses operator()() {
    const auto& batch = batches_[static_cast<std::size_t>(count_) % batches_.size()];
    return model_->step(batch, {.stage = 0, .step = count_++});
  }

 private:
  RandomStream stream_{0, "svae step"};
  RepeatedView view_;
  std::unique_ptr<models::Model> model_;
  std::vector<models::Batch> batches_;
  Index count_ = 0;
};

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

nlohmann::json timed(Step& step) {
  models::Losses losses;
  const double before = processor_seconds();
  const double seconds = seconds_of([&] { losses = step(); });
  nlohmann::json out = {{"seconds", seconds}, {"processor", processor_seconds() - before}};
  for (const auto& [name, value] : losses) out["losses"][name] = value;
  return out;
}

void report(const Options& options, Step& step) {
  for (int k = 0; k < 20; ++k) static_cast<void>(step());
  std::vector<double> seconds;
  std::vector<double> processor;
  for (int k = 0; k < options.repeats; ++k) {
    const auto turn = timed(step);
    seconds.push_back(turn["seconds"]);
    processor.push_back(turn["processor"]);
  }
  const double middle = median(seconds);
  std::cout << nlohmann::json{{"genes", options.genes},
                              {"hidden", options.hidden},
                              {"batch", options.batch},
                              {"threads", options.threads},
                              {"milliseconds", 1e3 * middle},
                              {"fastest", 1e3 * *std::min_element(seconds.begin(), seconds.end())},
                              {"processor", 1e3 * median(processor)},
                              {"cells_per_second", static_cast<double>(options.batch) / middle}}
            << std::endl;
}

}  // namespace svae_step_detail
}  // namespace brenier::bench

int main(int argc, char** argv) {
  using namespace brenier::bench::svae_step_detail;  // house-ok: the program's own names
  Options options;
  CLI::App app("Times training steps of the sVAE+.");
  app.add_option("--threads", options.threads)->check(CLI::PositiveNumber);
  app.add_option("--genes", options.genes)->check(CLI::PositiveNumber);
  app.add_option("--hidden", options.hidden, "widths of the hidden layers of either network")->delimiter(',');
  app.add_option("--latents", options.latents)->check(CLI::PositiveNumber);
  app.add_option("--batch", options.batch)->check(CLI::Range(2, 100000));
  app.add_option("--actions", options.actions)->check(CLI::PositiveNumber);
  app.add_option("--cells", options.cells, "training cells in all")->check(CLI::PositiveNumber);
  app.add_option("--level", options.level, "mean count of a gene in a cell")->check(CLI::PositiveNumber);
  app.add_option("--repeats", options.repeats)->check(CLI::PositiveNumber);
  app.add_flag("--serve", options.serve, "one step a line of stdin, one JSON object a step");
  CLI11_PARSE(app, argc, argv);
  try {
    at::set_num_threads(options.threads);
    Step step(options);
    if (options.serve) {
      std::string line;
      while (std::getline(std::cin, line)) std::cout << timed(step) << std::endl;
    } else {
      report(options, step);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "svae_step: %s\n", error.what());
    return 1;
  }
  return 0;
}

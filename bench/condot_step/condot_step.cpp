// Times one outer step of CondOT's training: `inner` updates of g, then one of f, as models/nn/dual_trainer.h does
// them.
//
//   condot_step [--threads N] [--d 50] [--batch 256] [--contexts 9] [--inner 10] [--hidden 64,64,64,64] [--repeats 15]
//   condot_step --serve ...      one JSON object a line of stdin: {"seconds": .., "map": .., "potential": ..}
//
// Also measures what this machine can do: products of 64 x 64 matrices in the first-level cache, one stream a thread.
// The floor of a g-step counts six sweeps of the network, two operations a multiply-add: forward and reverse of f and
// g, the tangent of g, and the outer products of the gradient.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/ot_limits/timing.h"
#include "core/random.h"
#include "models/nn/dual_trainer.h"
#include "models/nn/initialise.h"
#include "models/nn/row_kernels.h"

namespace brenier::bench {
namespace condot_step_detail {

using Index = std::int64_t;

struct Options {
  int threads = 1;
  Index d = 50;
  Index batch = 256;
  Index contexts = 9;
  Index inner = 10;
  std::vector<Index> hidden = {64, 64, 64, 64};
  std::string activation = "leaky_relu";
  int repeats = 15;
  bool serve = false;
};

models::PicnnSettings settings_of(const Options& options) {
  models::PicnnSettings settings;
  settings.hidden = options.hidden;
  settings.activation = options.activation;
  return settings;
}

// A pair of potentials, their optimisers, and data for one step of a context.
class Step {
 public:
  explicit Step(const Options& options)
      : options_(options),
        shape_{options.d, options.contexts, options.contexts},
        f_(settings_of(options), shape_, models::Positivity::kClamp, stream_),
        g_(settings_of(options), shape_, models::Positivity::kPenalty, stream_),
        f_adam_({f_.trainable()}, adam_),
        g_adam_({g_.trainable()}, adam_),
        trainer_(g_),
        source_(models::normal_tensor(stream_, {options.batch * options.inner, options.d}, 1.0)),
        target_(models::normal_tensor(stream_, {options.batch, options.d}, 0.8) + 0.5) {}

  models::DualLosses operator()() {
    auto context = at::zeros({options_.contexts});
    context[count_++ % options_.contexts].fill_(1);
    return trainer_.step({f_, f_adam_}, {g_, g_adam_}, {context, context, source_, target_, options_.inner, 1.0});
  }

 private:
  Options options_;
  models::PicnnShape shape_;
  models::AdamSettings adam_ = {.learning_rate = 1e-4, .beta1 = 0.5, .beta2 = 0.9};
  RandomStream stream_{0, "condot step"};
  models::Picnn f_;
  models::Picnn g_;
  models::Adam f_adam_;
  models::Adam g_adam_;
  models::DualTrainer trainer_;
  at::Tensor source_;
  at::Tensor target_;
  Index count_ = 0;
};

// Multiply-adds that a point costs in one sweep of the network.
double sweep_size(const Options& options) {
  Index size = options.d;
  Index previous = 0;
  for (const auto width : options.hidden) {
    size += width * (options.d + previous);
    previous = width;
  }
  return static_cast<double>(size + previous);
}

// Operations a second of products that stay in the first-level cache, all threads together.
double peak_rate(int threads) {
  constexpr Index kSide = 64;
  constexpr int kTimes = 2000;
  const auto product = [] {
    std::vector<float> a(kSide * kSide, 0.5F);
    std::vector<float> b(kSide * kSide, 0.25F);
    std::vector<float> c(kSide * kSide, 0.0F);
    for (int k = 0; k < kTimes; ++k) {
      models::rows::multiply<float>({.a = a.data(),
                                     .a_row = kSide,
                                     .a_column = 1,
                                     .b = b.data(),
                                     .b_row = kSide,
                                     .c = c.data(),
                                     .c_row = kSide,
                                     .rows = kSide,
                                     .columns = kSide,
                                     .depth = kSide});
    }
  };
  const double seconds = least_seconds(15, [&] {
    std::vector<std::thread> pool;
    for (int k = 1; k < threads; ++k) pool.emplace_back(product);
    product();
    for (auto& thread : pool) thread.join();
  });
  return 2.0 * kSide * kSide * kSide * kTimes * threads / seconds;
}

void serve(Step& step) {
  std::string line;
  while (std::getline(std::cin, line)) {
    models::DualLosses losses;
    const double seconds = seconds_of([&] { losses = step(); });
    std::cout << nlohmann::json{{"seconds", seconds}, {"map", losses.map}, {"potential", losses.potential}}
              << std::endl;
  }
}

void report(const Options& options, Step& step) {
  for (int k = 0; k < 5; ++k) static_cast<void>(step());
  std::vector<double> seconds;
  for (int k = 0; k < options.repeats; ++k) seconds.push_back(seconds_of([&] { static_cast<void>(step()); }));
  const double fastest = *std::min_element(seconds.begin(), seconds.end());
  const double outer = median(std::move(seconds));
  const auto batch = static_cast<double>(options.batch);
  // T (two sweeps), and f at twice as many points: forward, reverse without the cell path, gradient.
  const double g_step = 6 * 2 * sweep_size(options) * batch;
  double f_sweep = 2 * sweep_size(options);
  for (std::size_t l = 1; l < options.hidden.size(); ++l) {
    f_sweep += static_cast<double>(options.hidden[l] * options.hidden[l - 1]);
  }
  const double f_step = 2 * batch * (2 * sweep_size(options) + 2 * f_sweep);
  const double floor = static_cast<double>(options.inner) * g_step + f_step;
  const double peak = peak_rate(options.threads);
  std::printf("d %ld, batch %ld, %ld contexts, %ld + 1 updates, %s, %d threads\n", options.d, options.batch,
              options.contexts, options.inner, options.activation.c_str(), options.threads);
  std::printf("outer step      %8.2f ms, the fastest %.2f\n", 1e3 * outer, 1e3 * fastest);
  std::printf("floor           %8.1f MFLOP a g-step, %.1f the f-step, %.0f the outer step\n", 1e-6 * g_step,
              1e-6 * f_step, 1e-6 * floor);
  std::printf("rate            %8.1f GFLOP/s\n", 1e-9 * floor / outer);
  std::printf("peak of products%8.1f GFLOP/s: %.0f %% of it reached\n", 1e-9 * peak, 100 * floor / outer / peak);
}

}  // namespace condot_step_detail
}  // namespace brenier::bench

int main(int argc, char** argv) {
  using namespace brenier::bench::condot_step_detail;  // house-ok: the program's own names
  Options options;
  CLI::App app("Times one outer step of CondOT's training.");
  app.add_option("--threads", options.threads)->check(CLI::PositiveNumber);
  app.add_option("--d", options.d, "width of a cell")->check(CLI::PositiveNumber);
  app.add_option("--batch", options.batch, "cells an update")->check(CLI::PositiveNumber);
  app.add_option("--contexts", options.contexts)->check(CLI::PositiveNumber);
  app.add_option("--inner", options.inner, "updates of g")->check(CLI::PositiveNumber);
  app.add_option("--hidden", options.hidden, "widths of the layers")->delimiter(',');
  app.add_option("--activation", options.activation);
  app.add_option("--repeats", options.repeats)->check(CLI::PositiveNumber);
  app.add_flag("--serve", options.serve, "one step a line of stdin, one JSON object a step");
  CLI11_PARSE(app, argc, argv);
  try {
    at::set_num_threads(options.threads);
    Step step(options);
    if (options.serve) {
      serve(step);
    } else {
      report(options, step);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "condot_step: %s\n", error.what());
    return 1;
  }
  return 0;
}

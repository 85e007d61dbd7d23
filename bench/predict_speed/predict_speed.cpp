// Times the runtime on a model file, for bench/peers/runtime.py.
//
//   predict_speed MODEL.pt [--cells 4096] [--batch 512] [--serve]
//
// Without --serve: loads, predicts a few cells once, prints one line and ends (start-up). With it: one prediction of
// all cells a line of stdin, answered by {"seconds": .., "sum": ..}. The cells are |sin(0.37 i)| at place i; the
// context is the model's first.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "runtime/predictor.h"

namespace brenier::bench {
namespace predict_speed_detail {

struct Options {
  std::string model;
  std::int64_t cells = 4096;
  std::int64_t batch = runtime::PredictOptions{}.batch_rows;
  bool serve = false;
};

void run(const Options& options) {
  const auto predictor = runtime::Predictor::load(options.model);
  const auto& info = predictor.info();
  const auto genes = std::ssize(info.genes);
  const auto count = options.serve ? options.cells : 8;
  const auto cells = (at::arange(count * genes, at::kDouble) * 0.37).sin().abs().to(at::kFloat).reshape({count, genes});
  runtime::PredictOptions asked;
  asked.batch_rows = options.batch;
  const auto predict = [&] { return predictor.predict(cells, info.genes, info.contexts.at(0), asked); };
  if (!options.serve) {
    std::printf("{\"sum\": %.9g}\n", predict().sum().item<double>());
    return;
  }
  for (std::string line; std::getline(std::cin, line);) {
    const auto start = std::chrono::steady_clock::now();
    const auto moved = predict();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    std::printf("{\"seconds\": %.9g, \"sum\": %.9g}\n", taken.count(), moved.sum(at::kDouble).item<double>());
    std::fflush(stdout);
  }
}

}  // namespace predict_speed_detail
}  // namespace brenier::bench

int main(int argc, char** argv) {
  brenier::bench::predict_speed_detail::Options options;
  CLI::App app("Times predictions of a model file");
  app.add_option("model", options.model)->required();
  app.add_option("--cells", options.cells)->capture_default_str();
  app.add_option("--batch", options.batch)->capture_default_str();
  app.add_flag("--serve", options.serve);
  CLI11_PARSE(app, argc, argv);
  try {
    brenier::bench::predict_speed_detail::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

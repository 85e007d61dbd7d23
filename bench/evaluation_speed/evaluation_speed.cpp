// Times the two costly parts of an evaluation on arrays that bench/peers/evaluation.py writes.
//
//   evaluation_speed wilcoxon --folder F [--dense] [--threads N]
//       F/data.npy, F/indices.npy, F/indptr.npy (CSR of cells x genes; or F/dense.npy), F/groups.npy (0: control)
//   evaluation_speed edistance --folder F [--threads N]     F/x.npy, F/y.npy
//
// Each line of stdin is one timed call: {"seconds": .., "check": ..}, where check is the sum of |z| or the distance.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "bench/ot_limits/timing.h"
#include "core/io/npy.h"
#include "train/differential/differential.h"
#include "train/metric/mean_distance.h"

namespace brenier::bench {
namespace evaluation_speed_detail {

template <class T>
std::vector<T> values(const std::string& folder, const std::string& name) {
  return std::get<std::vector<T>>(read_npy(folder + "/" + name + ".npy").values);
}

data::CellMatrix read_cells(const std::string& folder, bool dense) {
  if (dense) {
    auto array = read_npy(folder + "/dense.npy");
    return data::CellMatrix(
        data::DenseMatrix{array.shape[0], array.shape[1], std::move(std::get<std::vector<float>>(array.values))});
  }
  auto indptr = values<std::int64_t>(folder, "indptr");
  const auto rows = std::ssize(indptr) - 1;
  return data::CellMatrix(data::CsrMatrix{rows, values<std::int64_t>(folder, "genes").front(), std::move(indptr),
                                          values<std::int32_t>(folder, "indices"), values<float>(folder, "data")});
}

at::Tensor read_tensor(const std::string& folder, const std::string& name) {
  const auto array = read_npy(folder + "/" + name + ".npy");
  return at::tensor(std::get<std::vector<float>>(array.values)).reshape(array.shape);
}

template <class Work>
void serve(const Work& work) {
  std::string line;
  while (std::getline(std::cin, line)) {
    double check = 0.0;
    const double seconds = seconds_of([&] { check = work(); });
    std::cout << nlohmann::json{{"seconds", seconds}, {"check", check}} << std::endl;
  }
}

void serve_wilcoxon(const std::string& folder, bool dense) {
  const auto cells = read_cells(folder, dense);
  const auto groups = values<std::int32_t>(folder, "groups");
  const auto count = *std::max_element(groups.begin(), groups.end());
  serve([&] {
    double sum = 0.0;
    for (const auto& result : brenier::train::differential_expression(cells, groups, count, {.tie_correct = true})) {
      for (const double z : result.score) sum += std::abs(z);
    }
    return sum;
  });
}

void serve_edistance(const std::string& folder) {
  const auto x = read_tensor(folder, "x");
  const auto y = read_tensor(folder, "y");
  serve([&] { return brenier::train::large_energy_distance(x, y); });
}

}  // namespace evaluation_speed_detail
}  // namespace brenier::bench

int main(int argc, char** argv) {
  namespace detail = brenier::bench::evaluation_speed_detail;
  std::string what;
  std::string folder;
  bool dense = false;
  int threads = 1;
  CLI::App app("Times the costly parts of an evaluation.");
  app.add_option("what", what)->required()->check(CLI::IsMember({"wilcoxon", "edistance"}));
  app.add_option("--folder", folder)->required()->check(CLI::ExistingDirectory);
  app.add_flag("--dense", dense);
  app.add_option("--threads", threads)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    at::set_num_threads(threads);
    if (what == "wilcoxon") {
      detail::serve_wilcoxon(folder, dense);
    } else {
      detail::serve_edistance(folder);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "evaluation_speed: %s\n", error.what());
    return 1;
  }
  return 0;
}

// How near Sinkhorn comes to what this machine can do.
//
//   ot_limits [--threads N] [--n 1024,4096,10000] [--d 2,32] [--epsilon 0.1]
//
// Measures the two limits (machine_limits.h) and then the time of one fixed iteration a pair of points, on one thread
// and on N (all cores when not said). The share of the limit is the limit divided by that time: the limit is what an
// iteration on points of the plane costs at least, with one exponential a pair. In more dimensions a pair costs more
// than that; its share is printed all the same, against the same limit.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/ot_limits/machine_limits.h"
#include "bench/ot_limits/pair_loop.h"
#include "bench/ot_limits/timing.h"
#include "core/compute.h"
#include "core/error.h"
#include "core/random.h"
#include "core/text_table.h"
#include "ot/geometry/point_cloud.h"
#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::bench {
namespace ot_limits_detail {

struct Options {
  std::int64_t threads = available_cores();
  std::vector<std::int64_t> sizes = {1024, 4096, 10000};
  std::vector<std::int64_t> dimensions = {2, 32};
  double epsilon = 0.1;  // in units of the mean cost
};

struct Limits {
  double nanoseconds = 0;  // a pair
  double gigabytes = 0;    // a second
};

struct Measured {
  double nanoseconds = 0;  // a pair and iteration
  std::string method;
};

std::string text(double value, int decimals) {
  char line[64];
  std::snprintf(line, sizeof line, "%.*f", decimals, value);
  return line;
}

std::string percent(double share) { return text(100 * share, 0) + " %"; }

at::Tensor cloud(const std::string& name, std::int64_t n, std::int64_t d, double shift, double scale) {
  RandomStream random(0, name);
  std::vector<float> values(static_cast<std::size_t>(n * d));
  for (auto& value : values) value = static_cast<float>(shift + scale * random.normal());
  return at::tensor(values).view({n, d});
}

// The time of `more` further iterations: what a solve costs beside its iterations falls out.
Measured time_iteration(std::int64_t n, std::int64_t d, double epsilon) {
  auto problem =
      ot::linear_problem(std::make_shared<ot::PointCloud>(cloud("x", n, d, 0, 1), cloud("y", n, d, 0.5, 0.8)), epsilon);
  problem.epsilon_scale = ot::EpsilonScale::kMean;
  ot::SinkhornSettings settings;
  settings.certify = false;
  Measured out;
  const auto seconds = [&](std::int64_t iterations) {
    settings.fixed_iterations = iterations;
    return seconds_of([&] { out.method = ot::sinkhorn(problem, settings).method; });
  };
  const std::int64_t few = 5;
  const std::int64_t more = n >= 10000 ? 10 : n >= 4096 ? 40 : 200;
  static_cast<void>(seconds(few));
  std::vector<double> differences;
  for (int repeat = 0; repeat < 7; ++repeat) {
    const double shorter = seconds(few);
    differences.push_back(seconds(few + more) - shorter);
  }
  const auto pairs = static_cast<double>(n * n);
  out.nanoseconds = 1e9 * median(std::move(differences)) / static_cast<double>(more) / pairs;
  return out;
}

void print_limits(const std::vector<std::int64_t>& counts, const std::vector<Limits>& limits) {
  TextTable table({{"threads", Align::kRight}, {"ns a pair", Align::kRight}, {"read GB/s", Align::kRight}});
  for (std::size_t k = 0; k < counts.size(); ++k) {
    table.add_row({std::to_string(counts[k]), text(limits[k].nanoseconds, 4), text(limits[k].gigabytes, 1)});
  }
  std::printf("The machine (%s, float32, pairs in the first-level cache):\n\n%s\n", pair_loop_target(),
              table.to_string().c_str());
}

void print_solves(const Options& options, const std::vector<std::int64_t>& counts, const std::vector<Limits>& limits) {
  // From memory: one read of four bytes a pair and iteration, what a stored kernel or cost needs at least.
  TextTable table({{"threads", Align::kRight},
                   {"n", Align::kRight},
                   {"d", Align::kRight},
                   {"ns a pair and iteration", Align::kRight},
                   {"share of exp limit", Align::kRight},
                   {"share of memory limit", Align::kRight},
                   {"method"}});
  for (std::size_t k = 0; k < counts.size(); ++k) {
    at::set_num_threads(static_cast<int>(counts[k]));
    for (const auto n : options.sizes) {
      for (const auto d : options.dimensions) {
        const auto found = time_iteration(n, d, options.epsilon);
        table.add_row({std::to_string(counts[k]), std::to_string(n), std::to_string(d), text(found.nanoseconds, 4),
                       percent(limits[k].nanoseconds / found.nanoseconds),
                       percent(4 / limits[k].gigabytes / found.nanoseconds), found.method});
      }
    }
  }
  std::printf("One iteration of Sinkhorn (float32, epsilon %g of the mean cost):\n\n%s", options.epsilon,
              table.to_string().c_str());
}

// What a call costs when there is almost nothing to compute: the points, the problem and one iteration.
void print_call() {
  constexpr int kCalls = 500;
  const auto x = cloud("x", 8, 2, 0, 1);
  const auto y = cloud("y", 8, 2, 0.5, 0.8);
  ot::SinkhornSettings settings;
  settings.certify = false;
  settings.transport_cost = false;
  settings.fixed_iterations = 1;
  std::vector<double> times;
  for (int repeat = 0; repeat < 7; ++repeat) {
    times.push_back(seconds_of([&] {
      for (int call = 0; call < kCalls; ++call)
        static_cast<void>(ot::sinkhorn(ot::linear_problem(std::make_shared<ot::PointCloud>(x, y), 0.5), settings));
    }));
  }
  std::printf("\nOne call on 8 points with one iteration: %s microseconds.\n",
              text(1e6 * median(std::move(times)) / kCalls, 1).c_str());
}

void measure(const Options& options) {
  std::vector<std::int64_t> counts = {1};
  if (options.threads > 1) counts.push_back(options.threads);
  std::vector<Limits> limits;
  for (const auto threads : counts)
    limits.push_back({nanoseconds_per_pair(threads), read_gigabytes_per_second(threads)});
  print_limits(counts, limits);
  print_solves(options, counts, limits);
  print_call();
}

}  // namespace ot_limits_detail
}  // namespace brenier::bench

int main(int argc, char** argv) {
  brenier::bench::ot_limits_detail::Options options;
  CLI::App app("How near Sinkhorn comes to what this machine can do.");
  app.add_option("--threads", options.threads, "threads beside one")->check(CLI::PositiveNumber);
  app.add_option("--n", options.sizes, "points a side")->delimiter(',');
  app.add_option("--d", options.dimensions, "dimensions")->delimiter(',');
  app.add_option("--epsilon", options.epsilon, "in units of the mean cost")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    brenier::bench::ot_limits_detail::measure(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ot_limits: %s\n", error.what());
    return 1;
  }
  return 0;
}

// How Sinkhorn's algorithm is run. The defaults are the fastest safe choice for the asked threshold.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ot/implicit/schur.h"

namespace brenier::ot {

enum class SinkhornStatus {
  kConverged,      // the measured marginal error is at most the threshold
  kMaxIterations,  // it is not, after max_iterations (or the fixed number of them)
  kStalled,        // it no longer falls: the threshold lies below the rounding of the type
  kCancelled,      // the progress callback said stop
};
[[nodiscard]] std::string to_string(SinkhornStatus status);

struct SinkhornProgress {
  Index iteration = 0;
  double marginal_error = 0;
  double epsilon = 0;  // the one of this iteration, when annealing
  double relaxation = 1;
};

struct SinkhornSettings {
  // Largest L1 distance between a marginal of the plan and what it should be, divided by its mass: does not depend on
  // the number of points or on the mass. 1e-3 is 0.1 % of the mass in the wrong place.
  double threshold = 1e-3;
  Index max_iterations = 10000;
  Index min_iterations = 0;
  // Above 0: exactly so many plain iterations (no annealing, no Newton, relaxation as given or 1).
  Index fixed_iterations = 0;

  // Epsilon falls from the mean cost (or from annealing_start times epsilon when that is above 1) to its own value by
  // this factor an iteration; 1: no annealing. Potentials that the caller gives are not annealed.
  double annealing_factor = 0.25;
  double annealing_start = 0;

  // Over-relaxation: 0 chooses it from the observed rate and takes it back when the error rises; a number in (0, 2) is
  // used as it is (1: plain).
  double relaxation = 0;

  // Ends with Newton steps on the dual (conjugate gradients on the Schur system) when the rate says that they are
  // cheaper than what remains.
  bool newton = true;

  // Compute <P, C>: one more pass over the pairs.
  bool transport_cost = true;

  // Compute the duality gap bound: two more passes over the pairs.
  bool certify = true;

  // A plan up to this size is kept in memory while iterations run, where reading it is faster than computing it again;
  // 0: never, all memory is linear in N + M. Not given: 72 MiB where a gradient is wanted, else 512 MiB.
  std::optional<Index> plan_bytes;

  // A plan that the iterations have in memory stays with the solution up to this size, for its derivatives; not where
  // no gradient is wanted.
  Index kept_bytes = Index{8} << 20;

  // How backward's linear system is solved; tolerance 0: 1e-10 in float64, 1e-6 in float32.
  SchurSettings implicit{0, 2000};

  // Called after every iteration; false stops.
  std::function<bool(const SinkhornProgress&)> progress;
};

// The settings with their limits of memory set for solves with and without a gradient to follow.
[[nodiscard]] SinkhornSettings memory_for(SinkhornSettings settings, bool wants_gradient);

// kUsage: a setting out of its range.
void check_settings(const SinkhornSettings& settings);

}  // namespace brenier::ot

#include "ot/sinkhorn/solver.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "core/error.h"
#include "ot/sinkhorn/dual.h"
#include "ot/sinkhorn/measure.h"
#include "ot/sinkhorn/newton.h"
#include "ot/sinkhorn/relaxation.h"

namespace brenier::ot {
namespace solver_detail {

using Vector = std::vector<double>;
constexpr double kNone = -std::numeric_limits<double>::infinity();
constexpr int kMostStorings = 3;  // failed attempts
constexpr Index kPlanBytes = Index{512} << 20;

// One run of the algorithm: the state between iterations and the steps that change it.
class Run final {
 public:
  Run(const Passes& passes, const CheckedProblem& problem, const SinkhornStart& start, const SinkhornSettings& settings)
      : passes_(passes),
        problem_(problem),
        settings_(settings),
        relaxation_(settings.fixed_iterations > 0 && settings.relaxation == 0 ? 1.0 : settings.relaxation) {
    begin(start);
  }

  SinkhornSolution finish() {
    iterate();
    if (stored_) out_.method = ", stored plan";
    fix_gauge();
    out_.exact = stored_ ? stored_exactly_ : precise();
    out_.F = std::move(F_);
    out_.G = std::move(G_);
    out_.stored = std::move(stored_);
    if (reached_) out_.status = SinkhornStatus::kStalled;  // unless the measurement says converged
    measure_solution(passes_, problem_, settings_, out_);
    if (out_.stored && out_.stored->bytes() > settings_.kept_bytes) out_.stored.reset();
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool fixed() const { return settings_.fixed_iterations > 0; }

  static Vector initial(const Vector& given, const ProblemSide& side, double epsilon) {
    Vector out(side.weights.size(), 0.0);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (side.weights[i] == 0) {
        out[i] = kNone;
      } else if (!given.empty()) {
        out[i] = std::isfinite(given[i]) ? given[i] / epsilon : 0.0;
      }
    }
    return out;
  }

  void begin(const SinkhornStart& start) {
    epsilon_ = problem_.epsilon;
    const bool given = !start.f.empty() || !start.g.empty();
    const bool annealed = !given && !fixed() && settings_.annealing_factor < 1;
    if (annealed) {
      epsilon_ = settings_.annealing_start > 1 ? settings_.annealing_start * problem_.epsilon
                                               : std::max(problem_.epsilon, passes_.mean_cost());
    }
    F_ = initial(start.f, problem_.a, epsilon_);
    G_ = initial(start.g, problem_.b, epsilon_);
    row_logs_.resize(F_.size());
    column_logs_.resize(G_.size());
    if (annealed && settings_.annealing_start <= 1) {
      // Epsilon is at least the mean cost: the exponents are about -1 without an update.
      unmeasured_ = true;
    } else if (start.g.empty()) {
      update_columns_plainly();
    } else if (start.f.empty()) {
      Vector logs(F_.size());
      passes_.log_sums(Direction::kRows, 1 / epsilon_, G_.data(), logs.data(), {nullptr, !precise()});
      const double tau = side_tau(problem_.a, epsilon_);
      const auto base = update_base(problem_.a, problem_.reference, tau);
      for (std::size_t i = 0; i < F_.size(); ++i) F_[i] = base[i] == kNone ? kNone : base[i] - tau * logs[i];
      column_error_ = std::numeric_limits<double>::infinity();
      refresh_columns();
    } else {
      refresh_columns();
    }
  }

  // G <- its exact update for the F of now.
  void update_columns_plainly() {
    column_log_sums();
    set_columns(1);
  }

  void column_log_sums() {
    if (const auto* stored = near_plan()) {
      const auto mass = stored->marginal(Direction::kColumns, F_.data(), G_.data());
      for (std::size_t j = 0; j < mass.size(); ++j)
        column_logs_[j] = G_[j] == kNone ? kNone : std::log(mass[j]) - G_[j];
      if (!mass.empty()) return;
    }
    // After an update the columns' masses are near b.
    Vector guess;
    if (updated_) {
      guess.resize(G_.size());
      for (std::size_t j = 0; j < guess.size(); ++j) guess[j] = problem_.b.log_weights[j] - G_[j];
    }
    passes_.log_sums(Direction::kColumns, 1 / epsilon_, F_.data(), column_logs_.data(),
                     {guess.empty() ? nullptr : guess.data(), !precise()});
  }

  // Column sums at potentials that did not come from an update.
  void refresh_columns() {
    column_log_sums();
    note_column_error();
  }

  void note_column_error() {
    const auto mass = plan_marginal(G_, column_logs_);
    column_error_ = marginal_distance(problem_.b, mass, marginal_target(problem_.b, problem_.reference, epsilon_, G_));
  }

  void set_columns(double omega) {
    updated_ = true;
    const double tau = side_tau(problem_.b, epsilon_);
    const auto base = update_base(problem_.b, problem_.reference, tau);
    const PotentialUpdate update{base.data(), tau, omega};
    for (std::size_t j = 0; j < G_.size(); ++j)
      if (base[j] != kNone) G_[j] = update.moved(static_cast<Index>(j), column_logs_[j], G_[j]);
    if (!problem_.balanced()) {
      const double shift = best_translation(problem_, epsilon_, F_, G_);
      for (double& value : F_) value += shift;
      for (double& value : G_) value -= shift;
      for (double& value : column_logs_) value += shift;
    }
    note_column_error();
  }

  // The plan in memory while it serves.
  [[nodiscard]] const StoredPlan* near_plan() const {
    return stored_ && epsilon_ == problem_.epsilon && stored_->near(F_.data(), G_.data()) ? stored_.get() : nullptr;
  }

  // Sums of one iteration. At the last epsilon many iterations share one plan, as long as potentials do not move far.
  void sweep(const PotentialUpdate& update) {
    const bool exactly = precise();
    if (stored_ && exactly && !stored_exactly_) stored_.reset();
    if (const auto* stored = near_plan()) {
      stored->sweep(update, F_.data(), G_.data(), row_logs_.data(), column_logs_.data());
      return;
    }
    stored_.reset();
    if (epsilon_ > problem_.epsilon || storings_ == kMostStorings ||
        !passes_.storable(settings_.plan_bytes.value_or(kPlanBytes))) {
      passes_.sweep(1 / epsilon_, update, F_.data(), G_.data(), row_logs_.data(), column_logs_.data());
      return;
    }
    auto storing = update;
    storing.exact = exactly;
    stored_exactly_ = exactly;
    stored_ = passes_.storing_sweep(1 / epsilon_, storing, F_.data(), G_.data(), row_logs_.data(), column_logs_.data());
    if (!stored_) ++storings_;
  }

  // One iteration; returns the error of the state it started from.
  double step() {
    const double tau = side_tau(problem_.a, epsilon_);
    const auto base = update_base(problem_.a, problem_.reference, tau);
    const double omega = relaxation_.omega();
    const auto target = marginal_target(problem_.a, problem_.reference, epsilon_, F_);
    const Vector before = F_;
    const PotentialUpdate update{base.data(), tau, omega, exact_};
    sweep(update);
    const auto mass = plan_marginal(before, row_logs_);
    const double error = std::max(marginal_distance(problem_.a, mass, target), column_error_);
    if (std::isnan(error)) {
      throw Error(ErrorKind::kNumerical, "potentials of Sinkhorn's algorithm are no longer numbers")
          .at("iteration " + std::to_string(out_.iterations + 1))
          .hint("the costs may be too large for epsilon in this type; try float64 or a larger epsilon");
    }
    set_columns(omega);
    return error;
  }

  void iterate() {
    const Index limit = fixed() ? settings_.fixed_iterations : settings_.max_iterations;
    double best = std::numeric_limits<double>::infinity();
    Index since_best = 0;
    while (out_.iterations < limit) {
      const bool annealing = epsilon_ > problem_.epsilon;
      const Vector F = F_;
      const Vector G = G_;
      const double omega = relaxation_.omega();
      const double error = step();
      out_.errors.push_back(error);
      ++out_.iterations;
      if (settings_.progress && !settings_.progress({out_.iterations, error, epsilon_, relaxation_.omega()})) {
        out_.status = SinkhornStatus::kCancelled;
        break;
      }
      const bool unmeasured = std::exchange(unmeasured_, false);
      if (annealing) {
        lower_epsilon();
        continue;
      }
      if (unmeasured) continue;
      if (!fixed() && error <= settings_.threshold && out_.iterations >= settings_.min_iterations) {
        // A plain balanced update cannot make it worse; any other might, so the state that was measured is returned.
        if (omega != 1 || !problem_.balanced()) {
          F_ = F;
          G_ = G;
        }
        reached_ = true;
        break;
      }
      relaxation_.observe(error);
      since_best = error < 0.999 * best ? 0 : since_best + 1;
      best = std::min(best, error);
      // Only rounding stalls it; a slow problem goes on to its limit.
      if (!exact_ && !fixed()) {
        const double rounding = rounding_error();
        exact_ = error <= 4 * rounding && settings_.threshold < rounding;
      }
      const double floor = 10 * passes_.precision();
      if (!fixed() && ((since_best >= 20 && error <= floor) || (since_best >= 200 && error <= 1e4 * floor))) {
        out_.status = SinkhornStatus::kStalled;
        break;
      }
      if (!fixed() && settings_.newton && error > floor) consider_newton(error);
    }
    // Cut off while annealing: the potentials must be those of the problem's own epsilon.
    while (epsilon_ > problem_.epsilon) lower_epsilon();
    if (unmeasured_) update_columns_plainly();
  }

  [[nodiscard]] bool precise() const { return needs_exact_exponents(passes_, settings_.threshold, F_, G_); }

  [[nodiscard]] double rounding_error() const { return ot::rounding_error(passes_, F_, G_); }

  // Relative potentials keep their value, absolute ones follow log a and log b.
  void lower_epsilon() {
    const double next = std::max(problem_.epsilon, epsilon_ * settings_.annealing_factor);
    const double ratio = epsilon_ / next;
    const auto rescale = [ratio](const ProblemSide& side, Vector& scaled) {
      for (std::size_t i = 0; i < scaled.size(); ++i)
        if (side.weights[i] > 0) scaled[i] = (scaled[i] - side.log_weights[i]) * ratio + side.log_weights[i];
    };
    rescale(problem_.a, F_);
    rescale(problem_.b, G_);
    epsilon_ = next;
    column_error_ = 0;
    relaxation_.forget();
    // An iteration's own update of the columns is enough, but its error is not known.
    unmeasured_ = true;
  }

  // Newton's method on the dual pays when many relaxed iterations remain; a step that does not help is taken back.
  void consider_newton(double error) {
    if (pending_) {
      const bool helped = error < 0.9 * error_before_;
      pending_ = false;
      newton_helps_ = helped;
      if (!helped) {
        F_ = F_before_;
        G_ = G_before_;
        newton_pause_ = std::min<Index>(2 * newton_pause_, 500);
        newton_next_ = out_.iterations + newton_pause_;
        refresh_columns();
        relaxation_.forget();
        return;
      }
    }
    if (out_.iterations < newton_next_ || error > 0.1) return;
    const bool known = relaxation_.rate() < 1;
    const double left = known ? std::log(settings_.threshold / error) / std::log(relaxation_.rate()) : 100;
    // Its error squares once it helps; a step of conjugate gradients costs two iterations.
    if (newton_helps_ || (known && left > 60)) take_newton_step(error, std::clamp(left, 50.0, 500.0));
  }

  void take_newton_step(double error, double most) {
    const auto step =
        newton_step({passes_, problem_, epsilon_, F_, G_, column_logs_, near_plan()}, error, static_cast<Index>(most));
    F_before_ = F_;
    G_before_ = G_;
    error_before_ = error;
    pending_ = true;
    ++out_.newton_steps;
    for (std::size_t i = 0; i < F_.size(); ++i) F_[i] += step[i];
    update_columns_plainly();
    relaxation_.forget();
  }

  void fix_gauge() {
    if (!problem_.balanced()) return;
    double sum = 0;
    double count = 0;
    for (const double value : F_) {
      if (value == kNone) continue;
      sum += value;
      count += 1;
    }
    const double mean = sum / count;
    for (double& value : F_) value -= mean;
    for (double& value : G_) value += mean;
    if (stored_) stored_->shift_potentials(-mean);
  }

  const Passes& passes_;
  const CheckedProblem& problem_;
  const SinkhornSettings& settings_;
  Relaxation relaxation_;
  double epsilon_ = 0;
  Vector F_;
  Vector G_;
  Vector row_logs_;
  Vector column_logs_;
  double column_error_ = 0;  // of the present state
  std::unique_ptr<StoredPlan> stored_;
  bool stored_exactly_ = false;
  int storings_ = 0;  // that failed
  bool exact_ = false;
  bool updated_ = false;     // the columns' potentials come from an update
  bool unmeasured_ = false;  // the error of the columns is not known
  bool reached_ = false;
  bool newton_helps_ = false;
  Index newton_pause_ = 10;
  Index newton_next_ = 0;
  bool pending_ = false;
  Vector F_before_;
  Vector G_before_;
  double error_before_ = 0;
  SinkhornSolution out_;
};

}  // namespace solver_detail

SinkhornSolution solve_sinkhorn(const Passes& passes, const CheckedProblem& problem, const SinkhornStart& start,
                                const SinkhornSettings& settings) {
  check_settings(settings);
  const auto check = [](const std::vector<double>& given, Index count, const char* name) {
    if (given.empty() || static_cast<Index>(given.size()) == count) return;
    throw Error(ErrorKind::kData, "given potentials have the wrong length")
        .at(name)
        .found(std::to_string(given.size()) + " values")
        .expected(std::to_string(count));
  };
  check(start.f, passes.rows(), "potentials f");
  check(start.g, passes.columns(), "potentials g");
  return solver_detail::Run(passes, problem, start, settings).finish();
}

}  // namespace brenier::ot

#include "ot/passes/grid_passes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"
#include "ot/passes/simd.h"

namespace brenier::ot {
namespace grid_passes_detail {

using Vector = std::vector<double>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kZeroLog = -kInfinity;
constexpr Index kLines = 32;     // lines of one block
constexpr Index kPadding = 8;    // lines come in multiples of this, so that vectors are full
constexpr Index kRowBlock = 16;  // rows of the plan of one block

std::size_t at(Index k) { return static_cast<std::size_t>(k); }

// The kernel of one axis, out x in: its logarithm, or (product) the kernel divided by exp(shift).
struct Kernel {
  Index outputs = 0;
  Index inputs = 0;
  Vector values;
  double shift = 0;
  bool product = false;
};

Kernel make_kernel(const GridAxis& axis, Direction direction, double inverse_epsilon, double smallest, bool weigh) {
  const bool by_rows = direction == Direction::kRows;
  Kernel kernel{by_rows ? axis.rows : axis.columns, by_rows ? axis.columns : axis.rows, {}, 0, false};
  const double largest = *std::max_element(axis.cost.begin(), axis.cost.end());
  kernel.product = inverse_epsilon * (largest - smallest) <= GridPasses::kSafeSpan;
  kernel.shift = -inverse_epsilon * smallest;
  kernel.values.reserve(axis.cost.size());
  for (Index i = 0; i < kernel.outputs; ++i) {
    for (Index j = 0; j < kernel.inputs; ++j) {
      const double off = axis.cost[at(by_rows ? i * axis.columns + j : j * axis.columns + i)] - smallest;
      const double exponent = -inverse_epsilon * off;
      if (kernel.product) {
        kernel.values.push_back(weigh ? off * std::exp(exponent) : std::exp(exponent));
      } else {
        kernel.values.push_back(weigh ? exponent + std::log(off) : exponent);
      }
    }
  }
  return kernel;
}

// A block of lines of an array [outer, length, inner]; line l has outer index l / inner and inner index l % inner.
struct Lines {
  Index first = 0;
  Index count = 0;
  Index inner = 1;
  [[nodiscard]] Index offset(Index line, Index length) const {
    const Index l = first + line;
    return l / inner * length * inner + l % inner;
  }
};

// The largest value of each line; NaN where there is one.
Vector tops(const Lines& lines, const Vector& in, Index length) {
  Vector top(at(lines.count), kZeroLog);
  for (Index t = 0; t < lines.count; ++t) {
    const double* from = in.data() + lines.offset(t, length);
    double& best = top[at(t)];
    for (Index j = 0; j < length; ++j) {
      const double value = from[j * lines.inner];
      if (value > best || std::isnan(value)) best = value;
    }
  }
  return top;
}

void product_block(const Kernel& kernel, const Lines& lines, const Vector& in, Vector& out) {
  const Index width = (lines.count + kPadding - 1) / kPadding * kPadding;
  const auto top = tops(lines, in, kernel.inputs);
  Vector terms(at(kernel.inputs * width), kZeroLog);  // [inputs, width]
  Vector bias(at(width), 0.0);
  for (Index t = 0; t < lines.count; ++t) {
    const double* from = in.data() + lines.offset(t, kernel.inputs);
    for (Index j = 0; j < kernel.inputs; ++j) terms[at(j * width + t)] = from[j * lines.inner];
    if (std::isfinite(top[at(t)])) bias[at(t)] = -top[at(t)];
  }
  for (Index j = 0; j < kernel.inputs; ++j) simd::exponentials(terms.data() + j * width, width, 0.0, bias.data(), -1.0);
  Vector sums(at(width));
  for (Index i = 0; i < kernel.outputs; ++i) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (Index j = 0; j < kernel.inputs; ++j)
      simd::add_scaled(kernel.values[at(i * kernel.inputs + j)], terms.data() + j * width, width, sums.data());
    for (Index t = 0; t < lines.count; ++t) {
      const double largest = top[at(t)];
      out[at(lines.offset(t, kernel.outputs) + i * lines.inner)] =
          std::isfinite(largest) ? largest + kernel.shift + std::log(sums[at(t)]) : largest;
    }
  }
}

void log_block(const Kernel& kernel, const Lines& lines, const Vector& in, Vector& out) {
  const auto top = tops(lines, in, kernel.inputs);
  Vector line(at(kernel.inputs));
  Vector exponents(at(kernel.inputs));
  for (Index t = 0; t < lines.count; ++t) {
    const double* from = in.data() + lines.offset(t, kernel.inputs);
    double* to = out.data() + lines.offset(t, kernel.outputs);
    for (Index j = 0; j < kernel.inputs; ++j) line[at(j)] = from[j * lines.inner];
    for (Index i = 0; i < kernel.outputs; ++i) {
      double& target = to[i * lines.inner];
      target = top[at(t)];
      if (!std::isfinite(target)) continue;
      std::copy_n(kernel.values.data() + i * kernel.inputs, kernel.inputs, exponents.data());
      const double largest = simd::exponents(exponents.data(), kernel.inputs, line.data(), -1.0);
      target = largest == kZeroLog ? kZeroLog
                                   : largest + kernel.shift +
                                         std::log(simd::sum_of_exponentials(exponents.data(), kernel.inputs, largest));
    }
  }
}

// [outer, inputs, inner] -> [outer, outputs, inner].
Vector along_axis(const Kernel& kernel, Index outer, Index inner, const Vector& in) {
  Vector out(at(outer * kernel.outputs * inner));
  const Index lines = outer * inner;
  parallel_blocks((lines + kLines - 1) / kLines, [&](Index block) {
    const Lines part{block * kLines, std::min(kLines, lines - block * kLines), inner};
    if (kernel.product) {
      product_block(kernel, part, in, out);
    } else {
      log_block(kernel, part, in, out);
    }
  });
  return out;
}

void check_no_move(const LeafPair& move) {
  if (move.row.empty() && move.column.empty()) return;
  throw Error(ErrorKind::kDefect, "a move of leaves is given to a grid, which has none");
}

double mean_of(const Vector& values) {
  double sum = 0;
  for (const double value : values) sum += value - values[0];
  return values[0] + sum / static_cast<double>(values.size());
}

}  // namespace grid_passes_detail

using grid_passes_detail::at;
using grid_passes_detail::kZeroLog;

GridPasses::GridPasses(std::vector<GridAxis> axes) : axes_(std::move(axes)) {
  if (axes_.empty()) throw Error(ErrorKind::kDefect, "a grid has no axes");
  for (const auto& axis : axes_) {
    if (axis.rows < 1 || axis.columns < 1 || static_cast<Index>(axis.cost.size()) != axis.rows * axis.columns)
      throw Error(ErrorKind::kDefect, "an axis of a grid has a cost of another size, or is empty");
    rows_ *= axis.rows;
    columns_ *= axis.columns;
    smallest_.push_back(*std::min_element(axis.cost.begin(), axis.cost.end()));
  }
}

double GridPasses::precision() const { return std::numeric_limits<double>::epsilon() / 2; }

// Over all pairs the axes are independent: means, variances and extremes add.
CostSummary GridPasses::summary() const {
  CostSummary out;
  double variance = 0;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const auto& cost = axes_[k].cost;
    const double mean = grid_passes_detail::mean_of(cost);
    double squares = 0;
    for (const double value : cost) squares += (value - mean) * (value - mean);
    out.mean += mean;
    variance += squares / static_cast<double>(cost.size());
    out.largest += *std::max_element(cost.begin(), cost.end());
    out.smallest += smallest_[k];
  }
  out.standard_deviation = std::sqrt(variance);
  return out;
}

std::vector<double> GridPasses::axis_sums(Direction direction, double inverse_epsilon, std::vector<double> potential,
                                          Index cost_axis) const {
  Index outer = 1;
  Index inner = static_cast<Index>(potential.size());
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const auto kernel = grid_passes_detail::make_kernel(axes_[k], direction, inverse_epsilon, smallest_[k],
                                                        static_cast<Index>(k) == cost_axis);
    inner /= kernel.inputs;
    potential = grid_passes_detail::along_axis(kernel, outer, inner, potential);
    outer *= kernel.outputs;
  }
  return potential;
}

void GridPasses::log_sums(Direction direction, double inverse_epsilon, const double* potential, double* out,
                          const LogSumHints& /*hints*/) const {
  const Index count = direction == Direction::kRows ? columns_ : rows_;
  const auto sums = axis_sums(direction, inverse_epsilon, {potential, potential + count}, -1);
  std::copy(sums.begin(), sums.end(), out);
}

void GridPasses::sweep(double inverse_epsilon, const PotentialUpdate& update, double* F, const double* G,
                       double* row_logs, double* column_logs) const {
  log_sums(Direction::kRows, inverse_epsilon, G, row_logs);
  for (Index i = 0; i < rows_; ++i) {
    if (update.base[i] == kZeroLog) {
      F[i] = kZeroLog;
      continue;
    }
    F[i] = update.moved(i, row_logs[i], F[i]);
  }
  log_sums(Direction::kColumns, inverse_epsilon, F, column_logs);
}

void GridPasses::apply(Direction direction, const PlanView& plan, const double* values, Index width,
                       double* out) const {
  const bool by_rows = direction == Direction::kRows;
  const double* own = by_rows ? plan.F : plan.G;
  const double* other = by_rows ? plan.G : plan.F;
  const Index own_count = by_rows ? rows_ : columns_;
  const Index other_count = by_rows ? columns_ : rows_;
  std::fill_n(out, own_count * width, 0.0);
  for (Index c = 0; c < width; ++c) {
    for (const double sign : {1.0, -1.0}) {
      std::vector<double> exponents(at(other_count), kZeroLog);
      bool any = false;
      for (Index j = 0; j < other_count; ++j) {
        const double value = sign * values[j * width + c];
        if (value <= 0 || other[j] == kZeroLog) continue;  // NaN goes on, to be seen in the result
        exponents[at(j)] = other[j] + std::log(value);
        any = true;
      }
      if (!any) continue;
      const auto sums = axis_sums(direction, plan.inverse_epsilon, std::move(exponents), -1);
      for (Index i = 0; i < own_count; ++i) {
        if (own[i] != kZeroLog) out[i * width + c] += sign * std::exp(own[i] + sums[at(i)]);
      }
    }
  }
}

Moments GridPasses::moments(Direction direction, const PlanView& plan) const {
  const bool by_rows = direction == Direction::kRows;
  const double* own = by_rows ? plan.F : plan.G;
  const double* other = by_rows ? plan.G : plan.F;
  const auto count = at(by_rows ? rows_ : columns_);
  const std::vector<double> potential(other, other + (by_rows ? columns_ : rows_));
  const auto sum = [&](Index cost_axis) {
    auto out = axis_sums(direction, plan.inverse_epsilon, potential, cost_axis);
    for (std::size_t i = 0; i < count; ++i) out[i] = own[i] == kZeroLog ? 0.0 : std::exp(own[i] + out[i]);
    return out;
  };

  Moments out;
  out.mass = sum(-1);
  out.cost.assign(count, 0.0);
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const auto above = sum(static_cast<Index>(k));
    for (std::size_t i = 0; i < count; ++i) out.cost[i] += above[i] + smallest_[k] * out.mass[i];
  }
  // log P = F + G - k C; apply skips where the other potential is -inf.
  out.entropy.resize(count);
  apply(direction, plan, other, 1, out.entropy.data());
  for (std::size_t i = 0; i < count; ++i) {
    if (own[i] != kZeroLog) out.entropy[i] += own[i] * out.mass[i] - plan.inverse_epsilon * out.cost[i];
  }
  return out;
}

void GridPasses::plan_rows(const PlanView& plan, Index first, Index count, double* out) const {
  using grid_passes_detail::kRowBlock;
  parallel_blocks((count + kRowBlock - 1) / kRowBlock, [&](Index block) {
    std::vector<double> costs;
    std::vector<double> longer;
    for (Index r = block * kRowBlock; r < std::min(count, (block + 1) * kRowBlock); ++r) {
      const Index i = first + r;
      costs.assign(1, 0.0);
      Index inner = rows_;
      for (const auto& axis : axes_) {
        inner /= axis.rows;
        const double* line = axis.cost.data() + i / inner % axis.rows * axis.columns;
        longer.clear();
        for (const double cost : costs) {
          for (Index j = 0; j < axis.columns; ++j) longer.push_back(cost + line[j]);
        }
        costs.swap(longer);
      }
      double* row = out + r * columns_;
      for (Index j = 0; j < columns_; ++j) {
        const bool none = plan.F[i] == kZeroLog || plan.G[j] == kZeroLog;
        row[j] = none ? 0.0 : std::exp(plan.F[i] + plan.G[j] - plan.inverse_epsilon * costs[at(j)]);
      }
    }
  });
}

LeafPair GridPasses::leaf_gradient(const PlanView&, const PairWeights&, bool, bool) const { return {}; }

std::vector<double> GridPasses::move_sums(Direction direction, const PlanView&, const LeafPair& move) const {
  grid_passes_detail::check_no_move(move);
  return std::vector<double>(at(direction == Direction::kRows ? rows_ : columns_), 0.0);
}

LeafPair GridPasses::leaf_second(const PlanView&, const double*, const double*, const LeafPair& move, bool,
                                 bool) const {
  grid_passes_detail::check_no_move(move);
  return {};
}

}  // namespace brenier::ot

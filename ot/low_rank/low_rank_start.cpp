#include "ot/low_rank/low_rank_start.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "ot/exact/assignment.h"

namespace brenier::ot {
namespace low_rank_start_detail {

constexpr double kTinyLog = -700;

double safe_log(double value) { return value > 0 ? std::log(value) : kTinyLog; }

FactorKernels random_kernels(Index n, Index m, Index rank, std::uint64_t seed) {
  RandomStream random(seed, "ot/low_rank/start");
  FactorKernels out{RowMatrix(n, rank), RowMatrix(m, rank), Eigen::VectorXd::Zero(rank)};
  for (auto* part : {&out.log_q, &out.log_r})
    for (Index k = 0; k < part->size(); ++k) part->data()[k] = 0.5 * random.normal();
  return out;
}

// Q = l a_1 g_1^T + (a - l a_1) ((g - l g_1) / (1 - l))^T for masses of 1, and R alike with the same g_1.
FactorKernels rank_two_kernels(const FactorSides& sides, Index rank) {
  const double mass = sides.a.sum();
  const auto ramp = [](Index count) {
    const Eigen::VectorXd out = Eigen::VectorXd::LinSpaced(count, 1.0, static_cast<double>(count));
    return Eigen::VectorXd(out / out.sum());
  };
  const auto smallest = [mass](const Eigen::VectorXd& weights) {
    double out = std::numeric_limits<double>::infinity();
    for (const double weight : weights)
      if (weight > 0) out = std::min(out, weight / mass);
    return out;
  };
  const double lambda = std::min({smallest(sides.a), smallest(sides.b), 1.0 / static_cast<double>(rank)}) / 2;
  const Eigen::VectorXd g1 = ramp(rank);
  const Eigen::VectorXd g = Eigen::VectorXd::Constant(rank, 1.0 / static_cast<double>(rank));
  const auto factor = [&](const Eigen::VectorXd& weights) {
    const Eigen::VectorXd first = ramp(weights.size());
    RowMatrix out = lambda * first * g1.transpose() +
                    (weights / mass - lambda * first) * (g - lambda * g1).transpose() / (1 - lambda);
    for (Index k = 0; k < out.size(); ++k) out.data()[k] = safe_log(out.data()[k]);
    return out;
  };
  return {factor(sides.a), factor(sides.b), (g * mass).array().log()};
}

RowMatrix squared_distances(const RowMatrix& points, const RowMatrix& centres) {
  RowMatrix out = -2 * multiply_by_transposed(points, centres);
  out.array().colwise() += points.rowwise().squaredNorm().array();
  out.array().rowwise() += centres.rowwise().squaredNorm().transpose().array();
  return out.cwiseMax(0.0);
}

// Weighted k-means (lloyd1982least) from centres drawn by their distance to those before (arthur2007kmeans).
RowMatrix k_means(const RowMatrix& points, const Eigen::VectorXd& weights, Index count, RandomStream& random) {
  RowMatrix centres(count, points.cols());
  Eigen::VectorXd chance = weights;
  Eigen::VectorXd nearest = Eigen::VectorXd::Constant(points.rows(), std::numeric_limits<double>::infinity());
  for (Index k = 0; k < count; ++k) {
    double left = random.uniform() * chance.sum();
    Index pick = 0;
    weights.maxCoeff(&pick);  // when all points are centres already
    for (Index i = 0; i < points.rows() && left >= 0; ++i) {
      left -= chance[i];
      if (chance[i] > 0) pick = i;
    }
    centres.row(k) = points.row(pick);
    nearest = nearest.cwiseMin((points.rowwise() - points.row(pick)).rowwise().squaredNorm());
    chance = weights.cwiseProduct(nearest);
  }
  for (int round = 0; round < 20; ++round) {
    const RowMatrix distances = squared_distances(points, centres);
    RowMatrix sums = RowMatrix::Zero(count, points.cols());
    Eigen::VectorXd masses = Eigen::VectorXd::Zero(count);
    for (Index i = 0; i < points.rows(); ++i) {
      Index own = 0;
      distances.row(i).minCoeff(&own);
      sums.row(own) += weights[i] * points.row(i);
      masses[own] += weights[i];
    }
    for (Index k = 0; k < count; ++k)
      if (masses[k] > 0) centres.row(k) = sums.row(k) / masses[k];
  }
  return centres;
}

// Kernels exp(-d / scale) of the squared distances to the centres, the scale the mean distance to the nearest one.
RowMatrix spread(const RowMatrix& points, const Eigen::VectorXd& weights, const RowMatrix& centres) {
  const RowMatrix distances = squared_distances(points, centres);
  const double near = distances.rowwise().minCoeff().dot(weights) / weights.sum();
  const double far = distances.mean();
  const double scale = std::max({near, 1e-2 * far, std::numeric_limits<double>::min()});
  return distances / -scale;
}

FactorKernels anchor_kernels(const ReadCost& cost, const FactorSides& sides, Index rank, std::uint64_t seed) {
  RowMatrix x = to_row_matrix(cost.row);
  RowMatrix y = to_row_matrix(cost.column);
  const Eigen::RowVectorXd origin = (x.colwise().mean() + y.colwise().mean()) / 2;
  x.rowwise() -= origin;
  y.rowwise() -= origin;
  RandomStream random(seed, "ot/low_rank/k_means");
  const RowMatrix x_centres = k_means(x, sides.a, rank, random);
  const RowMatrix y_centres = k_means(y, sides.b, rank, random);
  const RowMatrix between = squared_distances(x_centres, y_centres);
  const auto matched = solve_assignment({between.data(), static_cast<std::size_t>(between.size())}, rank);
  RowMatrix ordered(rank, y.cols());
  for (Index k = 0; k < rank; ++k) ordered.row(k) = y_centres.row(matched.column[static_cast<std::size_t>(k)]);
  return {spread(x, sides.a, x_centres), spread(y, sides.b, ordered), Eigen::VectorXd::Zero(rank)};
}

}  // namespace low_rank_start_detail

LowRankStart low_rank_start_by_name(const std::string& name) {
  const std::vector<std::pair<std::string, LowRankStart>> all{{"automatic", LowRankStart::kAutomatic},
                                                              {"anchors", LowRankStart::kAnchors},
                                                              {"random", LowRankStart::kRandom},
                                                              {"rank_two", LowRankStart::kRankTwo}};
  std::vector<std::string> names;
  for (const auto& [known, value] : all) {
    if (known == name) return value;
    names.push_back(known);
  }
  throw Error(ErrorKind::kUsage, "no start of low-rank Sinkhorn has this name")
      .found("'" + name + "'")
      .expected("one of " + quoted_list(names));
}

FactorKernels start_kernels(LowRankStart start, const ReadCost& cost, const FactorSides& sides, Index rank,
                            std::uint64_t seed) {
  const bool points = cost.column.defined();
  if (start == LowRankStart::kAutomatic) start = points ? LowRankStart::kAnchors : LowRankStart::kRandom;
  if (start == LowRankStart::kRankTwo) return low_rank_start_detail::rank_two_kernels(sides, rank);
  if (start == LowRankStart::kRandom)
    return low_rank_start_detail::random_kernels(sides.a.size(), sides.b.size(), rank, seed);
  if (!points) {
    throw Error(ErrorKind::kUsage, "the start from anchors needs points with the squared Euclidean cost")
        .at("start")
        .found("another geometry")
        .expected("random or rank_two");
  }
  return low_rank_start_detail::anchor_kernels(cost, sides, rank, seed);
}

}  // namespace brenier::ot

#include "data/preprocess/loess.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>

#include "core/error.h"

namespace brenier::data {
namespace loess_detail {

constexpr double kCell = 0.2;      // points in a leaf, as a share of span n
constexpr double kMargin = 0.005;  // how much the range is widened at each end

struct Vertex {
  double x = 0.0;
  double value = 0.0;
  double slope = 0.0;
};

// The quadratic fit at x0 from the `count` nearest points; points sorted by x.
Vertex fit_at(double x0, const std::vector<double>& x, const std::vector<double>& y, std::size_t count) {
  // The nearest points are a window of the sorted points.
  std::size_t low = 0;
  while (low + count < x.size() && std::abs(x[low + count] - x0) < std::abs(x[low] - x0)) ++low;
  const double radius = std::max(std::abs(x[low] - x0), std::abs(x[low + count - 1] - x0));
  if (!(radius > 0.0)) {
    throw Error(ErrorKind::kNumerical, "local regression: all points of a neighbourhood have the same abscissa")
        .found("x = " + std::to_string(x0) + " for " + std::to_string(count) + " points")
        .expected("a larger preprocess.genes.span");
  }
  const auto rows = static_cast<Eigen::Index>(count);
  Eigen::MatrixXd design(rows, 3);
  Eigen::VectorXd target(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const double t = x[low + static_cast<std::size_t>(i)] - x0;
    const double u = std::min(std::abs(t) / radius, 1.0);
    const double c = 1.0 - u * u * u;
    const double w = std::sqrt(c * c * c);
    design.row(i) << w, w * t, w * t * t;
    target(i) = w * y[low + static_cast<std::size_t>(i)];
  }
  Eigen::Vector3d norm = design.colwise().norm();
  for (Eigen::Index j = 0; j < 3; ++j) {
    if (!(norm(j) > 0.0)) norm(j) = 1.0;
    design.col(j) /= norm(j);
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(design);
  const Eigen::Matrix3d r = qr.matrixQR().topRows<3>().triangularView<Eigen::Upper>();
  const Eigen::VectorXd rotated = qr.householderQ().adjoint() * target;
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(r, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const double tolerance = svd.singularValues()(0) * 100.0 * std::numeric_limits<double>::epsilon();
  Eigen::Vector3d coefficient = svd.matrixU().transpose() * rotated.head<3>();
  for (Eigen::Index j = 0; j < 3; ++j) {
    const double s = svd.singularValues()(j);
    coefficient(j) = s > tolerance ? coefficient(j) / s : 0.0;
  }
  coefficient = (svd.matrixV() * coefficient).cwiseQuotient(norm);
  return {x0, coefficient(0), coefficient(1)};
}

// Cuts the points [first, last] of the sorted x, adding the cut to `cuts`, until cells hold at most `leaf` points.
void cut_cells(const std::vector<double>& x, std::int64_t first, std::int64_t last, double low, double high,
               std::int64_t leaf, std::vector<double>& cuts) {
  if (last - first + 1 <= leaf) return;
  const auto at = [&x](std::int64_t i) { return x[static_cast<std::size_t>(i)]; };
  // Positions count from 1 in the definition of the middle: floor((l + u) / 2).
  const std::int64_t start = (first + 1 + last + 1) / 2 - 1;
  std::int64_t middle = start;
  // Equal points stay on one side: look for the nearest gap, to the right first, alternating.
  for (std::int64_t offset = 0; start + offset < last && start + offset >= first;) {
    if (at(start + offset) != at(start + offset + 1)) {
      middle = start + offset;
      break;
    }
    offset = -offset;
    if (offset >= 0) ++offset;
  }
  const double cut = at(middle);
  if (cut == low || cut == high) return;
  cuts.push_back(cut);
  cut_cells(x, first, middle, low, cut, leaf, cuts);
  cut_cells(x, middle + 1, last, cut, high, leaf, cuts);
}

double between(const Vertex& a, const Vertex& b, double x) {
  const double width = b.x - a.x;
  const double h = (x - a.x) / width;
  const double g = 1.0 - h;
  return g * g * (1.0 + 2.0 * h) * a.value + h * h * (3.0 - 2.0 * h) * b.value +
         (h * g * g * a.slope - h * h * g * b.slope) * width;
}

}  // namespace loess_detail

std::vector<double> loess(const std::vector<double>& x, const std::vector<double>& y, double span) {
  namespace detail = loess_detail;
  const std::size_t n = x.size();
  if (y.size() != n) {
    throw Error(ErrorKind::kDefect, "local regression needs as many ordinates as abscissae")
        .found(std::to_string(n) + " and " + std::to_string(y.size()));
  }
  const auto count = std::min(n, static_cast<std::size_t>(std::floor(static_cast<double>(n) * span + 1e-5)));
  if (count < 3) {
    throw Error(ErrorKind::kData, "too few points for a local quadratic regression")
        .found(std::to_string(n) + " points, " + std::to_string(count) + " in a neighbourhood of span " +
               std::to_string(span))
        .expected("at least 3 in a neighbourhood");
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&x](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  std::vector<double> sorted_x(n);
  std::vector<double> sorted_y(n);
  for (std::size_t i = 0; i < n; ++i) {
    sorted_x[i] = x[order[i]];
    sorted_y[i] = y[order[i]];
  }
  const double first = sorted_x.front();
  const double last = sorted_x.back();
  const double margin =
      detail::kMargin * std::max(last - first, 1e-10 * std::max(std::abs(first), std::abs(last)) + 1e-30);
  std::vector<double> cuts{first - margin, last + margin};
  const auto leaf = static_cast<std::int64_t>(std::floor(static_cast<double>(n) * (span * detail::kCell)));
  detail::cut_cells(sorted_x, 0, static_cast<std::int64_t>(n) - 1, cuts[0], cuts[1], std::max<std::int64_t>(leaf, 1),
                    cuts);
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());

  std::vector<detail::Vertex> vertices;
  vertices.reserve(cuts.size());
  for (const double cut : cuts) vertices.push_back(detail::fit_at(cut, sorted_x, sorted_y, count));

  std::vector<double> fitted(n);
  std::size_t cell = 0;
  for (std::size_t i = 0; i < n; ++i) {
    while (cell + 2 < vertices.size() && sorted_x[i] > vertices[cell + 1].x) ++cell;
    fitted[order[i]] = detail::between(vertices[cell], vertices[cell + 1], sorted_x[i]);
  }
  return fitted;
}

}  // namespace brenier::data

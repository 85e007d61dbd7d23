#include "models/svae/sparse_rotation.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "models/nn/initialise.h"

namespace brenier::models {
namespace sparse_rotation_detail {

constexpr int kGrid = 48;      // angles of a quarter turn that are tried
constexpr int kSections = 30;  // halvings of the interval around the best of them
constexpr int kMostSweeps = 60;
constexpr double kEnough = 1e-9;  // relative gain of a sweep that is worth another one

// Sum of absolute values of two columns turned by an angle.
double turned_sum(const double* a, const double* b, std::int64_t rows, double angle) {
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  double sum = 0.0;
  for (std::int64_t i = 0; i < rows; ++i) sum += std::fabs(c * a[i] + s * b[i]) + std::fabs(c * b[i] - s * a[i]);
  return sum;
}

double best_angle(const double* a, const double* b, std::int64_t rows) {
  const double step = std::numbers::pi / 2 / kGrid;
  int best = 0;
  double lowest = std::numeric_limits<double>::infinity();
  for (int k = 0; k < kGrid; ++k) {
    const double sum = turned_sum(a, b, rows, step * k);
    if (sum < lowest) {
      lowest = sum;
      best = k;
    }
  }
  double low = step * (best - 1);
  double high = step * (best + 1);
  const double golden = (std::sqrt(5.0) - 1) / 2;
  for (int k = 0; k < kSections; ++k) {
    const double left = high - golden * (high - low);
    const double right = low + golden * (high - low);
    if (turned_sum(a, b, rows, left) < turned_sum(a, b, rows, right)) {
      high = right;
    } else {
      low = left;
    }
  }
  const double angle = (low + high) / 2;
  return turned_sum(a, b, rows, angle) < turned_sum(a, b, rows, 0.0) ? angle : 0.0;
}

void turn(double* a, double* b, std::int64_t rows, double angle) {
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  for (std::int64_t i = 0; i < rows; ++i) {
    const double first = c * a[i] + s * b[i];
    b[i] = c * b[i] - s * a[i];
    a[i] = first;
  }
}

// Turns the rows of `columns` [L, A] and of `basis` [L, L], both transposed; returns the sum that is left.
double descend(at::Tensor& columns, at::Tensor& basis) {
  const auto width = columns.size(0);
  const auto rows = columns.size(1);
  auto* values = columns.mutable_data_ptr<double>();
  auto* axes = basis.mutable_data_ptr<double>();
  double sum = columns.abs().sum().item<double>();
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    for (std::int64_t i = 0; i < width; ++i) {
      for (std::int64_t j = i + 1; j < width; ++j) {
        const double angle = best_angle(values + i * rows, values + j * rows, rows);
        if (angle == 0.0) continue;
        turn(values + i * rows, values + j * rows, rows, angle);
        turn(axes + i * width, axes + j * width, width, angle);
      }
    }
    const double now = columns.abs().sum().item<double>();
    const bool enough = sum - now <= kEnough * sum;
    sum = now;
    if (enough) break;
  }
  return sum;
}

}  // namespace sparse_rotation_detail

at::Tensor sparse_rotation(const at::Tensor& shifts, std::int64_t starts, RandomStream& stream) {
  namespace detail = sparse_rotation_detail;
  const auto width = shifts.size(1);
  const auto table = shifts.to(at::kDouble);
  at::Tensor best;
  double lowest = std::numeric_limits<double>::infinity();
  for (std::int64_t start = 0; start < starts; ++start) {
    auto rotation = at::eye(width, at::kDouble);
    if (start > 0) rotation = std::get<0>(at::linalg_qr(normal_tensor(stream, {width, width}, 1.0, at::kDouble)));
    auto basis = rotation.t().contiguous();
    auto columns = table.matmul(rotation).t().contiguous();
    const double sum = detail::descend(columns, basis);
    if (sum < lowest) {
      lowest = sum;
      best = basis.t().contiguous();
    }
  }
  return best;
}

}  // namespace brenier::models

#include "data/simulate/gaussians.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/number_text.h"
#include "core/random.h"
#include "data/h5ad/writer.h"

namespace brenier::data {
namespace simulate_gaussians_detail {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

// Orthogonal columns of a Gaussian matrix.
Matrix random_rotation(std::int64_t d, RandomStream& stream) {
  Matrix a(d, d);
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = 0; j < d; ++j) a(i, j) = stream.normal();
  }
  return Eigen::HouseholderQR<Matrix>(a).householderQ() * Matrix::Identity(d, d);
}

Matrix power(const Matrix& symmetric, double exponent) {
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(symmetric);
  return solver.eigenvectors() * solver.eigenvalues().array().pow(exponent).matrix().asDiagonal() *
         solver.eigenvectors().transpose();
}

Vector log_spaced(std::int64_t d) { return Vector::LinSpaced(d, std::log(0.5), std::log(2.0)); }

struct Curve {
  Matrix s0;
  Matrix frame;  // Q
  Vector from;   // log a
  Vector to;     // log b
  double radius;

  explicit Curve(const SimulateGaussiansSettings& settings)
      : s0(settings.dimensions, settings.dimensions), radius(settings.radius) {
    const auto d = settings.dimensions;
    RandomStream stream(static_cast<std::uint64_t>(settings.seed), "simulate/gaussians");
    const Matrix axes = random_rotation(d, stream);
    s0 = axes * log_spaced(d).array().exp().matrix().asDiagonal() * axes.transpose();
    frame = random_rotation(d, stream);
    from = log_spaced(d);
    const auto order = stream.permutation(d);
    to = from;
    for (std::int64_t i = 0; i < d; ++i) to[i] = from[order[static_cast<std::size_t>(i)]];
  }
  [[nodiscard]] Vector mean(double t) const {
    const double angle = std::numbers::pi * t;
    return radius * (std::cos(angle) * frame.col(0) + std::sin(angle) * frame.col(1));
  }
  [[nodiscard]] Matrix covariance(double t) const {
    Matrix turned = frame;
    const double angle = std::numbers::pi * t / 2;
    turned.col(0) = std::cos(angle) * frame.col(0) + std::sin(angle) * frame.col(1);
    turned.col(1) = -std::sin(angle) * frame.col(0) + std::cos(angle) * frame.col(1);
    return turned * ((1 - t) * from + t * to).array().exp().matrix().asDiagonal() * turned.transpose();
  }
  [[nodiscard]] Matrix map(double t) const {
    const Matrix root = power(s0, 0.5);
    const Matrix inverse = power(s0, -0.5);
    return inverse * power(root * covariance(t) * root, 0.5) * inverse;
  }
};

void draw(std::int64_t cells, const Vector& mean, const Matrix& covariance, RandomStream& stream,
          std::vector<float>& values) {
  const Matrix factor = Eigen::LLT<Matrix>(covariance).matrixL();
  for (std::int64_t i = 0; i < cells; ++i) {
    Vector noise(mean.size());
    for (auto& one : noise) one = stream.normal();
    const Vector cell = mean + factor * noise;
    for (const double value : cell) values.push_back(static_cast<float>(value));
  }
}

}  // namespace simulate_gaussians_detail

void SimulateGaussiansSettings::describe(Fields& fields) {
  fields.integer("dimensions", dimensions, Range::between(2, 1000), "Dimension of a cell");
  fields.reals("doses", doses, Range::above(0.0), "The contexts: places on the curve");
  fields.integer("cells", cells, Range::at_least(1), "Cells of a context");
  fields.integer("control_cells", control_cells, Range::at_least(1), "Control cells");
  fields.real("radius", radius, Range::at_least(0.0), "Length of the mean shift");
  fields.integer("seed", seed, Range::at_least(0), "Seed of everything that is drawn");
  std::vector<double> sorted = doses;
  std::sort(sorted.begin(), sorted.end());
  fields.require("doses", doses.size() >= 2 && std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
                 "at least two, different from each other");
}

SimulatedGaussians simulate_gaussians(const SimulateGaussiansSettings& settings) {
  namespace detail = simulate_gaussians_detail;
  const detail::Curve curve(settings);
  const auto d = settings.dimensions;
  SimulatedGaussians out;
  out.doses = settings.doses;
  std::sort(out.doses.begin(), out.doses.end());
  DenseMatrix x{0, d, {}};
  StringColumn perturbation;
  std::vector<double> dose;
  const auto add = [&](std::int64_t cells, double c, const detail::Vector& mean, const detail::Matrix& covariance) {
    RandomStream stream(static_cast<std::uint64_t>(settings.seed), "simulate/gaussians/" + number_text(c));
    detail::draw(cells, mean, covariance, stream, x.values);
    perturbation.insert(perturbation.end(), static_cast<std::size_t>(cells), c == 0.0 ? "control" : "shift");
    dose.insert(dose.end(), static_cast<std::size_t>(cells), c);
  };
  add(settings.control_cells, 0.0, detail::Vector::Zero(d), curve.s0);
  for (const double c : out.doses) {
    const double t = (c - out.doses.front()) / (out.doses.back() - out.doses.front());
    add(settings.cells, c, curve.mean(t), curve.covariance(t));
    const detail::Matrix map = curve.map(t);
    for (std::int64_t i = 0; i < d; ++i) {
      for (std::int64_t j = 0; j < d; ++j) out.matrix.push_back(map(i, j));
    }
    for (const double value : curve.mean(t)) out.shift.push_back(value);
  }
  x.rows = static_cast<std::int64_t>(dose.size());
  for (std::int64_t i = 0; i < x.rows; ++i) out.table.obs.index.push_back("cell_" + std::to_string(i));
  for (std::int64_t j = 0; j < d; ++j) out.table.var.index.push_back("x" + std::to_string(j));
  out.table.x = CellMatrix(std::move(x));
  out.table.source = "simulated Gaussians";
  out.table.obs.set("perturbation", std::move(perturbation));
  out.table.obs.set("dose_value", make_column(std::move(dose)));
  return out;
}

AnnData to_ann_data(const SimulatedGaussians& simulated) {
  AnnData file = to_ann_data(simulated.table);
  const auto contexts = static_cast<std::int64_t>(simulated.doses.size());
  const auto d = simulated.table.genes();
  file.uns.set("true_doses", NumericArray{{contexts}, simulated.doses});
  file.uns.set("true_map_matrix", NumericArray{{contexts, d, d}, simulated.matrix});
  file.uns.set("true_map_shift", NumericArray{{contexts, d}, simulated.shift});
  return file;
}

}  // namespace brenier::data

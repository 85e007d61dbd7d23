#include "data/preprocess/pca.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "core/random.h"

namespace brenier::data {
namespace pca_detail {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

constexpr double kTolerance = 1e-12;  // of a residual, relative to the largest eigenvalue
constexpr double kNothing = 1e-13;    // relative size that counts as zero
constexpr Eigen::Index kCheckEvery = 20;

double dot(const RowValues<const float>& row, const double* v) {
  double sum = 0.0;
  for (std::size_t k = 0; k < row.values.size(); ++k) sum += static_cast<double>(row.values[k]) * v[row.column(k)];
  return sum;
}

// v -> C v without forming C.
struct Covariance {
  const CellMatrix& x;
  std::vector<std::int64_t> rows;
  Vector mean;

  [[nodiscard]] Vector operator()(const Vector& v) const {
    const double shift = mean.dot(v);
    Vector out = Vector::Zero(v.size());
    double total = 0.0;
    for (const std::int64_t i : rows) {
      const auto row = row_values(x, i);
      const double projection = dot(row, v.data()) - shift;
      total += projection;
      for (std::size_t k = 0; k < row.values.size(); ++k) {
        out[static_cast<Eigen::Index>(row.column(k))] += projection * static_cast<double>(row.values[k]);
      }
    }
    return (out - total * mean) / (static_cast<double>(rows.size()) - 1.0);
  }
};

// Removes from v its part in the first m columns of the basis, twice for full accuracy.
void orthogonalise(Vector& v, const Matrix& basis, Eigen::Index m) {
  for (int pass = 0; pass < 2; ++pass) v -= basis.leftCols(m) * (basis.leftCols(m).transpose() * v);
}

Vector random_unit(RandomStream& stream, const Matrix& basis, Eigen::Index m) {
  Vector v(basis.rows());
  for (double& value : v) value = stream.normal();
  orthogonalise(v, basis, m);
  return v.normalized();
}

// The leading k eigenvectors as columns, by falling eigenvalue.
Matrix leading_eigenvectors(const Covariance& covariance, Eigen::Index genes, Eigen::Index k) {
  RandomStream stream(0, "pca/start");
  Matrix basis(genes, std::min(genes, 4 * k + kCheckEvery));
  Vector diagonal(genes);
  Vector beside = Vector::Zero(genes);  // beside[j] couples steps j and j + 1
  Vector q = random_unit(stream, basis, 0);
  double largest = 0.0;
  bool fresh = true;  // q is random, not the continuation of the steps before it
  for (Eigen::Index m = 1;; ++m) {
    if (m > basis.cols()) basis.conservativeResize(Eigen::NoChange, std::min(genes, 2 * basis.cols()));
    basis.col(m - 1) = q;
    Vector next = covariance(q);
    diagonal[m - 1] = q.dot(next);
    orthogonalise(next, basis, m);
    double size = next.norm();
    largest = std::max(largest, std::abs(diagonal[m - 1]) + size);
    const bool closed = size <= kNothing * largest;  // the steps so far span an invariant subspace
    if (closed) size = 0.0;
    // A random vector outside it that C maps to nothing: C has nothing beyond it.
    const bool exhausted = closed && fresh && std::abs(diagonal[m - 1]) <= kNothing * largest;
    const bool last = m == genes || (exhausted && m >= k);
    if (last || (m >= k && m % kCheckEvery == 0 && !closed)) {
      Eigen::SelfAdjointEigenSolver<Matrix> solver;
      solver.computeFromTridiagonal(diagonal.head(m), beside.head(m - 1), Eigen::ComputeEigenvectors);
      const Matrix ritz = solver.eigenvectors().rightCols(k).rowwise().reverse();
      const double residual = size * ritz.row(m - 1).cwiseAbs().maxCoeff();
      if (last || residual <= kTolerance * std::max(solver.eigenvalues()[m - 1], 0.0)) return basis.leftCols(m) * ritz;
    }
    beside[m - 1] = size;
    fresh = closed;
    q = closed ? random_unit(stream, basis, m) : Vector(next / size);
  }
}

}  // namespace pca_detail

Pca fit_pca(const CellMatrix& x, std::int64_t n_components, const FitRows& fit_rows) {
  namespace detail = pca_detail;
  detail::Covariance covariance{x, listed_rows(fit_rows, x.rows()), {}};
  const auto genes = static_cast<Eigen::Index>(x.cols());
  const auto cells = static_cast<std::int64_t>(covariance.rows.size());
  const std::int64_t most = std::min(cells, x.cols());
  if (cells < 2 || n_components < 1 || n_components > most) {
    throw Error(ErrorKind::kData, "the number of principal components does not suit the data")
        .found(std::to_string(n_components) + " components of " + std::to_string(cells) + " cells by " +
               std::to_string(x.cols()) + " genes")
        .expected("1 to " + std::to_string(most) + ", and at least 2 cells");
  }
  covariance.mean = Eigen::VectorXd::Zero(genes);
  double squares = 0.0;
  for (const std::int64_t i : covariance.rows) {
    const auto row = row_values(x, i);
    for (std::size_t k = 0; k < row.values.size(); ++k) {
      const auto v = static_cast<double>(row.values[k]);
      covariance.mean[static_cast<Eigen::Index>(row.column(k))] += v;
      squares += v * v;
    }
  }
  const auto n = static_cast<double>(cells);
  covariance.mean /= n;
  const double total = (squares - n * covariance.mean.squaredNorm()) / (n - 1.0);

  const auto wanted = static_cast<Eigen::Index>(n_components);
  Eigen::MatrixXd vectors = detail::leading_eigenvectors(covariance, genes, wanted);
  Pca out;
  out.n_components = n_components;
  out.mean.assign(covariance.mean.begin(), covariance.mean.end());
  for (Eigen::Index k = 0; k < wanted; ++k) {
    Eigen::Index peak = 0;
    vectors.col(k).cwiseAbs().maxCoeff(&peak);
    if (vectors(peak, k) < 0.0) vectors.col(k) *= -1.0;
    const Eigen::VectorXd v = vectors.col(k);
    out.components.insert(out.components.end(), v.begin(), v.end());
    const double variance = std::max(v.dot(covariance(v)), 0.0);
    out.variance.push_back(variance);
    out.variance_ratio.push_back(total > 0.0 ? variance / total : 0.0);
  }
  return out;
}

std::vector<double> pca_scores(const Pca& pca, const CellMatrix& x) {
  const std::size_t genes = pca.mean.size();
  if (static_cast<std::size_t>(x.cols()) != genes) {
    throw Error(ErrorKind::kData, "the principal components belong to another number of genes")
        .found(std::to_string(x.cols()) + " genes")
        .expected(std::to_string(genes));
  }
  const auto width = static_cast<std::size_t>(pca.n_components);
  std::vector<double> shift(width, 0.0);
  for (std::size_t k = 0; k < width; ++k) {
    for (std::size_t g = 0; g < genes; ++g) shift[k] += pca.mean[g] * pca.components[k * genes + g];
  }
  std::vector<double> scores(static_cast<std::size_t>(x.rows()) * width);
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    const auto row = row_values(x, i);
    for (std::size_t k = 0; k < width; ++k) {
      scores[static_cast<std::size_t>(i) * width + k] =
          pca_detail::dot(row, pca.components.data() + k * genes) - shift[k];
    }
  }
  return scores;
}

}  // namespace brenier::data

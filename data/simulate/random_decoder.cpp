#include "data/simulate/random_decoder.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <utility>

namespace brenier::data {
namespace random_decoder_detail {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Row = Eigen::RowVectorXd;

// [rows, cols] with orthonormal columns (rows >= cols) or rows: the Q of a Gaussian matrix, with the signs that make
// the diagonal of R positive.
Matrix orthonormal(std::int64_t rows, std::int64_t cols, RandomStream& stream) {
  const std::int64_t tall = std::max(rows, cols);
  const std::int64_t narrow = std::min(rows, cols);
  Eigen::MatrixXd a(tall, narrow);
  for (std::int64_t i = 0; i < tall; ++i) {
    for (std::int64_t j = 0; j < narrow; ++j) a(i, j) = stream.normal();
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(a);
  Eigen::MatrixXd q = qr.householderQ() * Eigen::MatrixXd::Identity(tall, narrow);
  for (std::int64_t j = 0; j < narrow; ++j) {
    if (qr.matrixQR()(j, j) < 0.0) q.col(j) *= -1.0;
  }
  if (rows < cols) return q.transpose();
  return q;
}

}  // namespace random_decoder_detail

RandomDecoder::RandomDecoder(const std::vector<std::int64_t>& sizes, double slope, RandomStream& stream)
    : sizes_(sizes), slope_(slope) {
  for (std::size_t k = 0; k + 1 < sizes_.size(); ++k) {
    const auto in = sizes_[k];
    const auto out = sizes_[k + 1];
    const double scale = std::sqrt(2.0 / (1.0 + slope_ * slope_)) * std::sqrt(2.0 / static_cast<double>(in + out));
    const random_decoder_detail::Matrix weight = scale * random_decoder_detail::orthonormal(in, out, stream);
    weights_.emplace_back(weight.data(), weight.data() + weight.size());
  }
}

std::vector<double> RandomDecoder::decode(std::span<const float> latents) const {
  namespace detail = random_decoder_detail;
  const auto width = sizes_.front();
  const auto cells = static_cast<std::int64_t>(latents.size()) / width;
  std::vector<double> decoded;
  decoded.reserve(static_cast<std::size_t>(cells * sizes_.back()));
  for (std::int64_t i = 0; i < cells; ++i) {
    detail::Row hidden = Eigen::Map<const Eigen::RowVectorXf>(latents.data() + i * width, width).cast<double>();
    for (std::size_t k = 0; k < weights_.size(); ++k) {
      if (k > 0) hidden = hidden.unaryExpr([this](double x) { return x > 0.0 ? x : slope_ * x; });
      const Eigen::Map<const detail::Matrix> weight(weights_[k].data(), sizes_[k], sizes_[k + 1]);
      detail::Row next = hidden * weight;
      hidden = std::move(next);
    }
    decoded.insert(decoded.end(), hidden.begin(), hidden.end());
  }
  return decoded;
}

double overall_deviation(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  double mean = 0.0;
  for (const double y : values) mean += y / count;
  double variance = 0.0;
  for (const double y : values) variance += (y - mean) * (y - mean) / count;
  return variance > 0.0 ? std::sqrt(variance) : 1.0;
}

std::vector<std::int64_t> decoder_sizes(std::int64_t latents, std::int64_t layers, std::int64_t width,
                                        std::int64_t genes) {
  std::vector<std::int64_t> sizes = {latents};
  sizes.insert(sizes.end(), static_cast<std::size_t>(layers), width);
  sizes.push_back(genes);
  return sizes;
}

}  // namespace brenier::data

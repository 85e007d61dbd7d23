#include "ot/geometry/point_cloud.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/error.h"
#include "ot/cost/squared_euclidean.h"
#include "ot/geometry/held.h"
#include "ot/passes/gaussian_tile.h"
#include "ot/passes/tile_passes.h"

namespace brenier::ot {
namespace point_cloud_detail {

// The points of one side in both orders, as they are and for products (passes/gaussian_tile.h): less a common centre
// where there are more features than kNearDimension.
template <class T>
struct Points {
  // `centre` [D].
  Points(const at::Tensor& tensor, const std::vector<double>& centre)
      : count(tensor.size(0)), dimension(tensor.size(1)) {
    const auto source = tensor.detach().contiguous();
    const T* values = source.template const_data_ptr<T>();
    rows.assign(values, values + count * dimension);
    by_feature = turned(rows, count, dimension);
    exact_by_feature.assign(by_feature.begin(), by_feature.end());
    exact_norms.assign(static_cast<std::size_t>(count), 0.0);
    for (Index k = 0; k < dimension; ++k) {
      double* own = exact_by_feature.data() + k * count;
      const double middle = centred() ? centre[static_cast<std::size_t>(k)] : 0.0;
      for (Index i = 0; i < count; ++i) {
        own[i] -= middle;
        exact_norms[static_cast<std::size_t>(i)] += own[i] * own[i];
      }
    }
    exact = turned(exact_by_feature, dimension, count);
    if (!centred()) return;
    near.assign(exact.begin(), exact.end());
    near_by_feature.assign(exact_by_feature.begin(), exact_by_feature.end());
    norms.assign(exact_norms.begin(), exact_norms.end());
  }
  [[nodiscard]] bool centred() const { return dimension > kNearDimension; }
  [[nodiscard]] const T* data() const { return rows.data(); }
  [[nodiscard]] const T* features() const { return by_feature.data(); }
  // As a tile takes them.
  [[nodiscard]] const T* near_rows() const { return centred() ? near.data() : rows.data(); }
  [[nodiscard]] const T* near_features() const { return centred() ? near_by_feature.data() : by_feature.data(); }

  Index count;
  Index dimension;
  std::vector<T> rows;        // [N, D]
  std::vector<T> by_feature;  // [D, N]
  std::vector<double> exact;
  std::vector<double> exact_by_feature;
  std::vector<double> exact_norms;  // [N]
  std::vector<T> near;              // empty unless centred
  std::vector<T> near_by_feature;
  std::vector<T> norms;

 private:
  // [height, width] to [width, height].
  template <class U>
  [[nodiscard]] static std::vector<U> turned(const std::vector<U>& values, Index height, Index width) {
    std::vector<U> out(values.size());
    constexpr Index kBlock = 16;  // rows: a line of the cache
    for (Index first = 0; first < height; first += kBlock) {
      const Index last = std::min(height, first + kBlock);
      for (Index k = 0; k < width; ++k)
        for (Index i = first; i < last; ++i)
          out[static_cast<std::size_t>(k * height + i)] = values[static_cast<std::size_t>(i * width + k)];
    }
    return out;
  }
};

// The mean of points [N, D] in float64.
template <class T>
std::vector<double> mean_of(const T* values, Index count, Index dimension) {
  std::vector<double> mean(static_cast<std::size_t>(dimension), 0.0);
  for (Index i = 0; i < count; ++i)
    for (Index k = 0; k < dimension; ++k)
      mean[static_cast<std::size_t>(k)] += static_cast<double>(values[i * dimension + k]);
  for (double& value : mean) value /= static_cast<double>(count);
  return mean;
}

template <class T>
class Source final : public TileSource<T> {
 public:
  Source(std::shared_ptr<const Points<T>> x, std::shared_ptr<const Points<T>> y, std::shared_ptr<const Cost> cost,
         bool swapped)
      : x_(std::move(x)),
        y_(std::move(y)),
        cost_(std::move(cost)),
        swapped_(swapped),
        squared_euclidean_(dynamic_cast<const SquaredEuclidean*>(cost_.get()) != nullptr) {}

  [[nodiscard]] Index rows() const override { return x_->count; }
  [[nodiscard]] Index columns() const override { return y_->count; }
  [[nodiscard]] std::string method() const override { return "streaming " + cost_->name(); }
  [[nodiscard]] bool serial() const override { return cost_->serial(); }
  [[nodiscard]] std::unique_ptr<const TileSource<T>> transposed() const override {
    return std::make_unique<Source>(y_, x_, cost_, !swapped_);
  }

  void costs(const Tile& tile, T* out) const override {
    if (squared_euclidean_ && dimension() > kNearDimension) {
      squared_distance_tile(gaussian_of(tile, x_->near_rows(), y_->near_features(), x_->norms, y_->norms), out);
    } else {
      cost_->values(block(tile), out);
    }
  }
  void plan(const Tile& tile, const T* shift, const T* bias, T scale, T* out, double* sums) const override {
    if (!squared_euclidean_) return TileSource<T>::plan(tile, shift, bias, scale, out, sums);
    gaussian_tile(quick_gaussian(tile, shift, bias, scale), out, sums);
  }
  void strip(const Tile& tile, const T* shift, const T* bias, T scale, T* out, double* sums,
             const simd::WeightedRows<T>* finished) const override {
    if (!squared_euclidean_ || tile.rows != kStripRows)
      return TileSource<T>::strip(tile, shift, bias, scale, out, sums, finished);
    gaussian_strip(quick_gaussian(tile, shift, bias, scale), out, sums, finished);
  }
  void finish(const simd::WeightedRows<T>& strip, Index columns) const override {
    if (!squared_euclidean_ || strip.rows != kStripRows) return TileSource<T>::finish(strip, columns);
    finish_strip(strip, columns);
  }
  void exact_plan(const Tile& tile, const double* shift, const double* bias, double scale, T* out,
                  double* sums) const override {
    if (!squared_euclidean_) return TileSource<T>::exact_plan(tile, shift, bias, scale, out, sums);
    auto gaussian = gaussian_of(tile, x_->exact.data(), y_->exact_by_feature.data(), x_->exact_norms, y_->exact_norms);
    gaussian.shift = shift;
    gaussian.bias = bias;
    gaussian.scale = scale;
    if constexpr (std::is_same_v<T, double>) {
      gaussian_tile(gaussian, out, sums);
    } else {
      exact_gaussian_tile(gaussian, out, sums);
    }
  }
  // The mean of |x - y|^2 is that of |x - mx|^2, that of |y - my|^2 and |mx - my|^2.
  [[nodiscard]] std::optional<double> mean_cost() const override {
    if (!squared_euclidean_) return std::nullopt;
    const auto centre = mean_of(y_->exact.data(), y_->count, y_->dimension);
    const auto from = mean_of(x_->exact.data(), x_->count, x_->dimension);
    double product = 0;
    for (std::size_t k = 0; k < centre.size(); ++k) product += (from[k] - centre[k]) * (from[k] - centre[k]);
    return spread(*x_, from) + spread(*y_, centre) + product;
  }
  [[nodiscard]] Index work() const override { return squared_euclidean_ ? dimension() : TileSource<T>::work(); }
  [[nodiscard]] Index leaf_size() const override { return x_->count * x_->dimension; }
  void add_gradient(const Tile& tile, const T* weights, double* leaf) const override {
    cost_->gradient(block(tile), weights, leaf + tile.row * dimension());
  }
  void tangents(const Tile& tile, const LeafMove& move, T* out) const override {
    cost_->tangents(block(tile), pair_move(tile, move), out);
  }
  void add_second(const Tile& tile, const T* weights, const LeafMove& move, double* leaf) const override {
    cost_->second(block(tile), weights, pair_move(tile, move), leaf + tile.row * dimension());
  }

 private:
  [[nodiscard]] Index dimension() const { return x_->dimension; }
  // The mean of |x - centre|^2.
  [[nodiscard]] static double spread(const Points<T>& points, const std::vector<double>& centre) {
    const Index n = points.count;
    const Index d = points.dimension;
    const double* values = points.exact.data();
    double sum = 0;
    for (Index i = 0; i < n; ++i) {
      for (Index k = 0; k < d; ++k) {
        const double off = values[i * d + k] - centre[static_cast<std::size_t>(k)];
        sum += off * off;
      }
    }
    return sum / static_cast<double>(n);
  }
  template <class U>
  [[nodiscard]] GaussianTile<U> gaussian_of(const Tile& tile, const U* x, const U* y_by_feature,
                                            const std::vector<U>& x_norms, const std::vector<U>& y_norms) const {
    GaussianTile<U> out;
    out.x = x + tile.row * dimension();
    out.y = y_by_feature + tile.column;
    if (!x_norms.empty()) {
      out.x_norms = x_norms.data() + tile.row;
      out.y_norms = y_norms.data() + tile.column;
    }
    out.rows = tile.rows;
    out.columns = tile.columns;
    out.dimension = dimension();
    out.stride = columns();
    return out;
  }
  [[nodiscard]] GaussianTile<T> quick_gaussian(const Tile& tile, const T* shift, const T* bias, T scale) const {
    auto out = gaussian_of(tile, x_->near_rows(), y_->near_features(), x_->norms, y_->norms);
    out.shift = shift;
    out.bias = bias;
    out.scale = scale;
    return out;
  }
  [[nodiscard]] PairBlock<T> block(const Tile& tile) const {
    return {x_->data() + tile.row * dimension(),
            y_->data() + tile.column * dimension(),
            y_->features() + tile.column,
            tile.rows,
            tile.columns,
            dimension(),
            columns(),
            swapped_};
  }
  [[nodiscard]] PairTangent pair_move(const Tile& tile, const LeafMove& move) const {
    return {move.row != nullptr ? move.row + tile.row * dimension() : nullptr,
            move.column != nullptr ? move.column + tile.column * dimension() : nullptr};
  }

  std::shared_ptr<const Points<T>> x_;
  std::shared_ptr<const Points<T>> y_;
  std::shared_ptr<const Cost> cost_;
  bool swapped_;
  bool squared_euclidean_;
};

template <class T>
std::shared_ptr<const Passes> passes_of(const at::Tensor& x, const at::Tensor& y,
                                        const std::shared_ptr<const Cost>& cost, bool swapped) {
  const auto source = y.detach().contiguous();
  const auto centre = mean_of(source.template const_data_ptr<T>(), y.size(0), y.size(1));
  const auto own = std::make_shared<const Points<T>>(x, centre);
  const auto other = x.is_same(y) ? own : std::make_shared<const Points<T>>(y, centre);
  return std::make_shared<TilePasses<T>>(std::make_unique<Source<T>>(own, other, cost, swapped));
}

template <class T>
PairBlock<T> whole(const Points<T>& x, const Points<T>& y, bool swapped) {
  return {x.data(), y.data(), y.features(), x.count, y.count, x.dimension, y.count, swapped};
}

// The dense cost matrix with the cost's own derivative.
struct DenseFunction : public torch::autograd::Function<DenseFunction> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x, const at::Tensor& y,
                            const std::shared_ptr<const Cost>& cost, bool swapped) {
    ctx->save_for_backward({x, y});
    ctx->saved_data["swapped"] = swapped;
    ctx->saved_data["cost"] = hold(cost);
    auto out = at::empty({x.size(0), y.size(0)}, x.options());
    const std::vector<double> zero(static_cast<std::size_t>(x.size(1)), 0.0);
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "cost_matrix", [&] {
      const Points<scalar_t> own(x, zero);
      const Points<scalar_t> other(y, zero);
      cost->values(whole(own, other, swapped), out.data_ptr<scalar_t>());
    });
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 const torch::autograd::variable_list& cotangents) {
    const auto saved = ctx->get_saved_variables();
    const auto cost = held<Cost>(ctx->saved_data["cost"]);
    const bool swapped = ctx->saved_data["swapped"].toBool();
    const auto weights = cotangents[0].detach().contiguous();
    const auto turned = weights.t().contiguous();
    const std::vector<double> zero(static_cast<std::size_t>(saved[0].size(1)), 0.0);
    auto x_gradient = at::zeros(saved[0].sizes(), at::kDouble);
    auto y_gradient = at::zeros(saved[1].sizes(), at::kDouble);
    AT_DISPATCH_FLOATING_TYPES(saved[0].scalar_type(), "cost_matrix_backward", [&] {
      const Points<scalar_t> x(saved[0], zero);
      const Points<scalar_t> y(saved[1], zero);
      cost->gradient(whole(x, y, swapped), weights.const_data_ptr<scalar_t>(), x_gradient.data_ptr<double>());
      cost->gradient(whole(y, x, !swapped), turned.const_data_ptr<scalar_t>(), y_gradient.data_ptr<double>());
    });
    return {x_gradient.to(saved[0].scalar_type()), y_gradient.to(saved[1].scalar_type()), at::Tensor(), at::Tensor()};
  }
};

}  // namespace point_cloud_detail

PointCloud::PointCloud(at::Tensor x, at::Tensor y, std::shared_ptr<const Cost> cost)
    : PointCloud(std::move(x), std::move(y), std::move(cost), false) {}

PointCloud::PointCloud(at::Tensor x, at::Tensor y, std::shared_ptr<const Cost> cost, bool swapped)
    : x_(std::move(x)), y_(std::move(y)), cost_(std::move(cost)), swapped_(swapped) {
  if (!cost_) cost_ = std::make_shared<SquaredEuclidean>();
  check_matrix(x_, "points x");
  check_matrix(y_, "points y", -1, x_.size(1));
  if (x_.scalar_type() != y_.scalar_type()) {
    throw Error(ErrorKind::kData, "the two clouds have different types")
        .at("points x and y")
        .found(std::string(c10::toString(x_.scalar_type())) + " and " + c10::toString(y_.scalar_type()))
        .expected("both float32 or both float64");
  }
  cost_->check_points(x_, "points x");
  cost_->check_points(y_, "points y");
  passes_ = dtype() == at::kFloat ? point_cloud_detail::passes_of<float>(x_, y_, cost_, swapped_)
                                  : point_cloud_detail::passes_of<double>(x_, y_, cost_, swapped_);
}

std::string PointCloud::name() const { return "point cloud (" + cost_->name() + ")"; }

at::Tensor PointCloud::cost_matrix(Index limit_bytes) const {
  check_dense_request("cost matrix of a " + name(), rows(), columns(), dtype(), limit_bytes);
  return point_cloud_detail::DenseFunction::apply(x_, y_, cost_, swapped_);
}

std::shared_ptr<const Geometry> PointCloud::transposed() const {
  return std::shared_ptr<const Geometry>(new PointCloud(y_, x_, cost_, !swapped_));
}

at::Tensor cost_matrix(const std::shared_ptr<const Cost>& cost, const at::Tensor& x, const at::Tensor& y) {
  return PointCloud(x, y, cost).cost_matrix(Geometry::kDenseLimit);
}

}  // namespace brenier::ot

#include "ot/geometry/dense_cost.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "ot/passes/tile_passes.h"

namespace brenier::ot {
namespace dense_cost_detail {

// The matrix, or its transpose, read in place.
template <class T>
class Source final : public TileSource<T> {
 public:
  Source(at::Tensor cost, bool transposed) : cost_(std::move(cost)), transposed_(transposed) {}

  [[nodiscard]] Index rows() const override { return cost_.size(transposed_ ? 1 : 0); }
  [[nodiscard]] Index columns() const override { return cost_.size(transposed_ ? 0 : 1); }
  [[nodiscard]] std::string method() const override { return "stored cost"; }
  [[nodiscard]] bool serial() const override { return false; }
  [[nodiscard]] std::unique_ptr<const TileSource<T>> transposed() const override {
    return std::make_unique<Source>(cost_, !transposed_);
  }

  void costs(const Tile& tile, T* out) const override { copy(cost_.template const_data_ptr<T>(), tile, out); }

  [[nodiscard]] Index work() const override { return 24; }

  // Only the matrix as it stands is a leaf; the transposed view has none.
  [[nodiscard]] Index leaf_size() const override { return transposed_ ? 0 : cost_.numel(); }
  void add_gradient(const Tile& tile, const T* weights, double* leaf) const override {
    for (Index i = 0; i < tile.rows; ++i) {
      double* row = leaf + (tile.row + i) * columns() + tile.column;
      for (Index j = 0; j < tile.columns; ++j) row[j] += static_cast<double>(weights[i * tile.columns + j]);
    }
  }
  void tangents(const Tile& tile, const LeafMove& move, T* out) const override {
    const double* matrix = transposed_ ? move.column : move.row;
    if (matrix == nullptr) {
      std::fill_n(out, tile.rows * tile.columns, T(0));
    } else {
      copy(matrix, tile, out);
    }
  }
  // The cost is linear in its leaf.
  void add_second(const Tile&, const T*, const LeafMove&, double*) const override {}

 private:
  template <class From>
  void copy(const From* matrix, const Tile& tile, T* out) const {
    const Index stride = cost_.size(1);
    for (Index i = 0; i < tile.rows; ++i) {
      T* row = out + i * tile.columns;
      if (transposed_) {
        const From* from = matrix + tile.column * stride + tile.row + i;
        for (Index j = 0; j < tile.columns; ++j) row[j] = static_cast<T>(from[j * stride]);
      } else {
        const From* from = matrix + (tile.row + i) * stride + tile.column;
        for (Index j = 0; j < tile.columns; ++j) row[j] = static_cast<T>(from[j]);
      }
    }
  }

  at::Tensor cost_;
  bool transposed_;
};

template <class T>
std::shared_ptr<const Passes> passes_of(const at::Tensor& cost) {
  return std::make_shared<TilePasses<T>>(std::make_unique<Source<T>>(cost, false));
}

}  // namespace dense_cost_detail

DenseCost::DenseCost(at::Tensor cost) : cost_(std::move(cost)) {
  check_matrix(cost_, "cost matrix");
  const auto values = cost_.detach().contiguous();
  passes_ = dtype() == at::kFloat ? dense_cost_detail::passes_of<float>(values)
                                  : dense_cost_detail::passes_of<double>(values);
  version_ = static_cast<std::uint32_t>(cost_._version());
}

const Passes& DenseCost::passes() const {
  if (static_cast<std::uint32_t>(cost_._version()) != version_) {
    throw Error(ErrorKind::kData, "a cost matrix was changed in place while a transport problem uses it")
        .at("cost matrix")
        .hint("make a new problem, or change a clone");
  }
  return *passes_;
}

at::Tensor DenseCost::cost_matrix(Index) const { return cost_; }

std::shared_ptr<const Geometry> DenseCost::transposed() const { return std::make_shared<DenseCost>(cost_.t()); }

}  // namespace brenier::ot

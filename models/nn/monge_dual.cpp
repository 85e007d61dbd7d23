#include "models/nn/monge_dual.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "models/nn/potential_sweep.h"
#include "models/nn/row_kernels.h"
#include "ot/passes/parallel.h"

namespace brenier::models {

struct MongeDual::Work {
  virtual ~Work() = default;
  virtual double map_loss(const Potential& f, const Potential& g, const at::Tensor& x, at::Tensor& gradient) = 0;
  virtual PotentialLoss potential_loss(const Potential& f, const Potential& g, const at::Tensor& x, const at::Tensor& y,
                                       at::Tensor& gradient) = 0;
  virtual double difference(const Potential& f, const at::Tensor& x, const at::Tensor& y, at::Tensor& gradient) = 0;
};

namespace monge_dual_detail {

using Index = std::int64_t;
constexpr Index kMostParts = 8;

// Rows of a part of a population: whole blocks, at most kMostParts parts.
template <class T>
Index part_rows(Index count) {
  constexpr Index kRows = PotentialSweep<T>::kBlockRows;
  const Index blocks = (count + kRows - 1) / kRows;
  return (blocks + kMostParts - 1) / kMostParts * kRows;
}

// Rows [first, end) of a population, and the weight of a row.
struct Part {
  Index first;
  Index end;
  double weight;
  bool source;  // a row of x, else of y
};

template <class T>
class TypedWork final : public MongeDual::Work {
 public:
  explicit TypedWork(const PotentialLayout& layout) : layout_(layout) {}

  double map_loss(const Potential& f, const Potential& g, const at::Tensor& x, at::Tensor& gradient) override {
    const Index rows = part_rows<T>(x.size(0));
    parts_.clear();
    add_parts(x.size(0), rows, 1.0 / static_cast<double>(x.size(0)), /*source=*/true);
    const auto f_view = f.view<T>();
    const auto g_view = g.view<T>();
    return run(gradient, [&](const Part& part, Sweeps& sweeps, T* sums) {
      return map_part(f_view, g_view, x.const_data_ptr<T>(), part, sweeps, sums);
    });
  }

  PotentialLoss potential_loss(const Potential& f, const Potential& g, const at::Tensor& x, const at::Tensor& y,
                               at::Tensor& gradient) override {
    const auto f_view = f.view<T>();
    const auto g_view = g.view<T>();
    of_two(x, y, -1.0, gradient, [&](const T* points, const Part& part, Sweeps& sweeps, T* sums) {
      return value_part(f_view, part.source ? &g_view : nullptr, points, part, sweeps, sums);
    });
    PotentialLoss loss;
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      (parts_[part].source ? loss.moved : loss.target) += losses_[part];
    }
    loss.moved = -loss.moved;
    return loss;
  }

  double difference(const Potential& f, const at::Tensor& x, const at::Tensor& y, at::Tensor& gradient) override {
    const auto view = f.view<T>();
    return of_two(x, y, 1.0, gradient, [&](const T* points, const Part& part, Sweeps& sweeps, T* sums) {
      return value_part(view, nullptr, points, part, sweeps, sums);
    });
  }

 private:
  static constexpr Index kRows = PotentialSweep<T>::kBlockRows;

  struct Sweeps {
    explicit Sweeps(const PotentialLayout& layout) : f(layout), g(layout), weight(static_cast<std::size_t>(kRows)) {}
    PotentialSweep<T> f;
    PotentialSweep<T> g;
    std::vector<T> weight;
  };

  void add_parts(Index count, Index rows, double weight, bool source) {
    for (Index first = 0; first < count; first += rows) {
      parts_.push_back({first, std::min(count, first + rows), weight, source});
    }
  }

  // `sign` times the mean over x minus `sign` times that over y.
  template <class Do>
  double of_two(const at::Tensor& x, const at::Tensor& y, double sign, at::Tensor& gradient, const Do& work) {
    const Index rows = part_rows<T>(std::max(x.size(0), y.size(0)));
    parts_.clear();
    add_parts(x.size(0), rows, sign / static_cast<double>(x.size(0)), /*source=*/true);
    add_parts(y.size(0), rows, -sign / static_cast<double>(y.size(0)), /*source=*/false);
    // A source part may have twice the work of a target part: by turns, so that equal shares of the parts are equal
    // work.
    std::stable_sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) { return a.first < b.first; });
    return run(gradient, [&](const Part& part, Sweeps& sweeps, T* sums) {
      return work((part.source ? x : y).const_data_ptr<T>(), part, sweeps, sums);
    });
  }

  // The losses of all parts, and their gradients added in order.
  template <class Do>
  double run(at::Tensor& gradient, const Do& work) {
    const auto threads = static_cast<std::size_t>(at::get_num_threads());
    while (sweeps_.size() < threads) sweeps_.emplace_back(layout_);
    sums_.resize(parts_.size() * static_cast<std::size_t>(layout_.size));
    losses_.resize(parts_.size());
    ot::parallel_blocks(static_cast<Index>(parts_.size()), [&](Index k) {
      const auto part = static_cast<std::size_t>(k);
      auto& own = sweeps_[static_cast<std::size_t>(at::get_thread_num())];
      losses_[part] = work(parts_[part], own, sums_.data() + k * layout_.size);
    });
    T* out = gradient.data_ptr<T>();
    std::fill_n(out, layout_.size, T(0));
    rows::add_columns<T>({static_cast<Index>(parts_.size()), layout_.size, layout_.size}, sums_.data(), nullptr, out);
    double loss = 0.0;
    for (const double part : losses_) loss += part;
    return loss;
  }

  double map_part(const PotentialView<T>& f, const PotentialView<T>& g, const T* x, const Part& part, Sweeps& sweeps,
                  T* sums) const {
    const Index stride = layout_.stride;
    const T scale = static_cast<T>(part.weight);
    double loss = 0.0;
    for (Index first = part.first; first < part.end; first += kRows) {
      const Index rows = std::min(kRows, part.end - first);
      sweeps.g.load(g, x + first * layout_.cell, layout_.cell, rows);
      sweeps.g.reverse(nullptr);
      const T* moved = sweeps.g.map();
      sweeps.f.load(f, moved, stride, rows);
      for (Index i = 0; i < rows; ++i) {
        loss += sweeps.f.value(i);
        loss -= static_cast<double>(rows::dot(layout_.cell_padded, moved + i * stride, sweeps.g.points() + i * stride));
      }
      sweeps.f.reverse(nullptr);
      const T* back = sweeps.f.map();
      const T* own = sweeps.g.points();
      T* direction = sweeps.g.direction();
      for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < layout_.cell; ++j) {
          direction[i * stride + j] = scale * (back[i * stride + j] - own[i * stride + j]);
        }
      }
      sweeps.g.map_gradient(sums, first == part.first);
    }
    return loss * part.weight;
  }

  // f at the points, or at their images under grad g.
  double value_part(const PotentialView<T>& f, const PotentialView<T>* g, const T* points, const Part& part,
                    Sweeps& sweeps, T* sums) const {
    double loss = 0.0;
    std::fill(sweeps.weight.begin(), sweeps.weight.end(), static_cast<T>(part.weight));
    for (Index first = part.first; first < part.end; first += kRows) {
      const Index rows = std::min(kRows, part.end - first);
      if (g != nullptr) {
        sweeps.g.load(*g, points + first * layout_.cell, layout_.cell, rows);
        sweeps.g.reverse(nullptr);
        sweeps.f.load(f, sweeps.g.map(), layout_.stride, rows);
      } else {
        sweeps.f.load(f, points + first * layout_.cell, layout_.cell, rows);
      }
      for (Index i = 0; i < rows; ++i) loss += sweeps.f.value(i);
      sweeps.f.reverse(sweeps.weight.data());
      sweeps.f.value_gradient(sweeps.weight.data(), sums, first == part.first);
    }
    return loss * part.weight;
  }

  PotentialLayout layout_;
  std::vector<Part> parts_;
  std::vector<Sweeps> sweeps_;  // one a thread
  std::vector<T> sums_;         // [parts, size]
  std::vector<double> losses_;
};

}  // namespace monge_dual_detail

MongeDual::MongeDual(const PotentialLayout& layout, at::ScalarType dtype) : dtype_(dtype) {
  if (dtype == at::kFloat) {
    work_ = std::make_unique<monge_dual_detail::TypedWork<float>>(layout);
  } else {
    work_ = std::make_unique<monge_dual_detail::TypedWork<double>>(layout);
  }
}

MongeDual::~MongeDual() = default;
MongeDual::MongeDual(MongeDual&&) noexcept = default;
MongeDual& MongeDual::operator=(MongeDual&&) noexcept = default;

double MongeDual::map_loss(const Potential& f, const Potential& g, const at::Tensor& x, at::Tensor& gradient) {
  return work_->map_loss(f, g, checked_points(x, g.layout().cell, dtype_), gradient);
}

PotentialLoss MongeDual::potential_loss(const Potential& f, const Potential& g, const at::Tensor& x,
                                        const at::Tensor& y, at::Tensor& gradient) {
  const auto width = f.layout().cell;
  return work_->potential_loss(f, g, checked_points(x, width, dtype_), checked_points(y, width, dtype_), gradient);
}

double MongeDual::difference(const Potential& f, const at::Tensor& x, const at::Tensor& y, at::Tensor& gradient) {
  const auto width = f.layout().cell;
  return work_->difference(f, checked_points(x, width, dtype_), checked_points(y, width, dtype_), gradient);
}

}  // namespace brenier::models

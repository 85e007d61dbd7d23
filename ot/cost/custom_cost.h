// A cost that the user writes as a tensor function.
//
//   auto cost = std::make_shared<CustomCost>("soft", [](const at::Tensor& x, const at::Tensor& y) {
//     return (1 + at::cdist(x, y).square()).sqrt() - 1;
//   });
//
// `function` takes x [n, D] and y [m, D] and returns [n, m]; it is called on blocks of rows and columns, so entry (i,
// j) may depend on x_i and y_j alone. It need not be symmetric. Gradients come from autograd: first derivatives need a
// function that torch can differentiate once, jvp and hvp twice and three times. kData when the result has another
// shape.
#pragma once

#include <functional>
#include <string>

#include "ot/cost/cost.h"

namespace brenier::ot {

class CustomCost final : public Cost {
 public:
  using Function = std::function<at::Tensor(const at::Tensor& x, const at::Tensor& y)>;
  CustomCost(std::string name, Function function);

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] bool serial() const override { return true; }
  void values(const PairBlock<float>& block, float* out) const override;
  void values(const PairBlock<double>& block, double* out) const override;
  void gradient(const PairBlock<float>& block, const float* weights, double* out) const override;
  void gradient(const PairBlock<double>& block, const double* weights, double* out) const override;
  void tangents(const PairBlock<float>& block, const PairTangent& move, float* out) const override;
  void tangents(const PairBlock<double>& block, const PairTangent& move, double* out) const override;
  void second(const PairBlock<float>& block, const float* weights, const PairTangent& move, double* out) const override;
  void second(const PairBlock<double>& block, const double* weights, const PairTangent& move,
              double* out) const override;

 private:
  // The costs of a block with the row's point first in the result, whatever the order of the arguments.
  [[nodiscard]] at::Tensor evaluate(const at::Tensor& x, const at::Tensor& y, bool swapped) const;
  template <class T>
  void values_of(const PairBlock<T>& block, T* out) const;
  template <class T>
  void gradient_of(const PairBlock<T>& block, const T* weights, double* out) const;
  template <class T>
  void tangents_of(const PairBlock<T>& block, const PairTangent& move, T* out) const;
  template <class T>
  void second_of(const PairBlock<T>& block, const T* weights, const PairTangent& move, double* out) const;

  std::string name_;
  Function function_;
};

}  // namespace brenier::ot

// A table of shifts with masks: s_b = sum_a d_ba m_ba o mu_a, the masks of a cell drawn by themselves.
//
// mu [A, L] starts at N(0, 1); mask logits [A, L], where there are masks, start at one number. Penalties: none (ivae),
// weight x mean of p (svae), sum of -log Beta(p; 1, gamma) (svae_plus). Sources: khemakhem2020ivae, lopez2023svae.
#pragma once

#include <cstdint>
#include <vector>

#include "models/svae/action_design.h"
#include "models/svae/shifts.h"

namespace brenier::models {

struct PointShiftSettings {
  std::int64_t width = 0;  // L
  bool masked = true;
  double logit = 5.0;
  double gamma = 0.0;         // Beta(1, gamma); 0: none
  double mean_penalty = 0.0;  // weight of the mean mask probability
};

class PointShifts final : public Shifts {
 public:
  // The design must outlive this.
  PointShifts(const PointShiftSettings& settings, const ActionDesign& design, Parameters& parameters,
              RandomStream& stream, at::ScalarType type = at::kFloat);

  at::Tensor draw(const std::vector<std::int64_t>& labels, std::int64_t particles, double temperature,
                  RandomStream& stream) override;
  double backward(const at::Tensor& gradient, double weight, std::vector<at::Tensor>& gradients) override;
  [[nodiscard]] at::Tensor values() const override { return values_.detach(); }
  [[nodiscard]] at::Tensor masks() const override;
  void fix(const at::Tensor& values, const at::Tensor& masks) override;
  void rotate(const at::Tensor& rotation) override;

 private:
  struct Entry {
    std::int64_t row;     // of the draw
    std::int64_t action;  // of the table
    double dose;
  };
  template <class T>
  at::Tensor draw_as(const std::vector<std::int64_t>& labels, std::int64_t particles, double sharpness,
                     RandomStream& stream);
  template <class T>
  double backward_as(const at::Tensor& gradient, double weight, std::vector<at::Tensor>& gradients) const;

  PointShiftSettings settings_;
  const ActionDesign* design_;
  at::Tensor values_;  // mu
  at::Tensor logits_;  // undefined without masks
  std::vector<Entry> entries_;
  std::vector<double> drawn_;  // [entries, L]: masks
  std::vector<double> slope_;  // [entries, L]: derivative of the masks by their logits
};

}  // namespace brenier::models

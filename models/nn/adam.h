// Adam and AdamW over a list of tensors, with a state that a checkpoint can carry.
//
//   m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  theta <- theta - lr mhat / (sqrt(vhat) + epsilon)
// Source: kingma2015adam, Algorithm 1; decoupled weight decay: loshchilov2019adamw, Algorithm 2.
// The update itself is PyTorch's fused kernel.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/config/fields.h"
#include "models/model.h"

namespace brenier::models {

struct AdamSettings {
  double learning_rate = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double weight_decay = 0.0;
  bool decoupled = false;  // AdamW
  double clip_norm = 0.0;  // of the whole gradient; 0: off
  double epsilon = 1e-8;

  void describe(Fields& fields);
};

class Adam final {
 public:
  Adam(std::vector<at::Tensor> parameters, const AdamSettings& settings);
  // One update; gradients[i] belongs to parameter i; `factor` multiplies the learning rate.
  void step(std::vector<at::Tensor> gradients, double factor);
  void append_to(State& state, const std::string& prefix) const;
  [[nodiscard]] const std::vector<at::Tensor>& parameters() const { return parameters_; }

 private:
  AdamSettings settings_;
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> first_;
  std::vector<at::Tensor> second_;
  std::vector<at::Tensor> values_;  // the parameters without their graphs
  std::vector<at::Tensor> steps_;   // for each parameter the same float32 scalar, as the kernel wants it
};

}  // namespace brenier::models

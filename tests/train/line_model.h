// A model with latent mechanisms whose answers are known, for tests of what judges such models:
//
//   z | a ~ N(sum of doses x m_a o mu_a, I) [L],   x_j | z ~ N(z_j, s^2) for j < L, N(0, s^2) for the other genes
//
// so log p(x | a) is a normal density. Its posterior N(x_j, s^2) is not quite the true one, so that the bound with one
// sample lies below the bound with many. Latents are the first L genes. It learns an action as the mean of its cells.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/mechanism_model.h"
#include "models/model.h"

namespace brenier::tests {

struct LineOptions {
  bool masks = true;
  bool shifts = true;
  double noise = 0.5;  // s
};

class LineModel final : public models::Model, public models::MechanismModel {
 public:
  // `known` names the rows of masks and shifts [A, L].
  LineModel(models::Task task, std::vector<std::string> known, at::Tensor masks, at::Tensor shifts,
            LineOptions options = {});

  [[nodiscard]] std::string kind() const override { return "line"; }
  [[nodiscard]] const models::Task& task() const override { return task_; }
  [[nodiscard]] models::Vocabulary vocabulary() const override;
  [[nodiscard]] std::vector<models::Stage> stages() const override { return {{"none", 0, {}, false, true}}; }
  void begin_stage(std::size_t, const models::TrainingView&) override {}
  models::Losses step(const models::Batch&, const models::StepInfo&) override { return {}; }
  [[nodiscard]] at::Tensor predict(const at::Tensor& control, const Context& context) const override;
  [[nodiscard]] models::State state() const override { return {}; }
  void load_state(const models::State&) override {}
  [[nodiscard]] models::Script export_script() const override { return {}; }

  [[nodiscard]] models::Mechanisms mechanisms() const override;
  [[nodiscard]] at::Tensor latents(const at::Tensor& cells, const Context& context) const override;
  [[nodiscard]] at::Tensor log_likelihood(const at::Tensor& cells, const Context& context, std::int64_t samples,
                                          RandomStream& stream) const override;
  [[nodiscard]] std::unique_ptr<models::Model> learn_actions(const std::vector<models::ContextCells>& contexts,
                                                             std::uint64_t seed, Reporter& reporter) const override;

  // The exact log p(x | context), float64 [B].
  [[nodiscard]] at::Tensor exact(const at::Tensor& cells, const Context& context) const;
  // What every copy was ever given to learn from.
  [[nodiscard]] const std::vector<models::ContextCells>& lessons() const { return *lessons_; }

 private:
  [[nodiscard]] at::Tensor shift_of(const Context& context) const;  // float64 [L]

  models::Task task_;
  std::vector<std::string> known_;
  at::Tensor masks_;
  at::Tensor shifts_;
  LineOptions options_;
  std::shared_ptr<std::vector<models::ContextCells>> lessons_ = std::make_shared<std::vector<models::ContextCells>>();
};

}  // namespace brenier::tests

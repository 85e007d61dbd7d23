#include "models/baseline/linear.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace brenier::models {
namespace linear_detail {

// 1 / root of the mean squared row norm; 0 for a block that does not vary (rounding of the centring left out).
at::Tensor block_scale(const at::Tensor& centred, const at::Tensor& raw) {
  const at::Tensor power = centred.square().sum(1).mean();
  const at::Tensor floor = 1e-24 * raw.square().sum(1).mean();
  return at::where(power > floor, power.rsqrt(), 0.0);
}

constexpr const char* kScript = R"(
def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    if not bool((actions != 0).any()):
        return torch.zeros_like(control[0])
    a = actions.to(self.alpha.dtype) * self.action_scale - self.action_centre
    c = (control.to(self.alpha.dtype).mean(0) - self.control_centre) * self.control_scale
    similarity = torch.matmul(self.action_features, a) + torch.matmul(self.control_features, c)
    return (self.mean_delta + torch.matmul(similarity, self.alpha)).to(control.dtype)

def forward(self, cells: Tensor, context: Tensor) -> Tensor:
    return cells + context
)";

}  // namespace linear_detail

double leave_one_out_error(const at::Tensor& gram, const at::Tensor& targets, double strength) {
  const std::int64_t n = gram.size(0);
  const at::Tensor eye = at::eye(n, gram.options());
  // gram is symmetric, so gram (gram + s I)^-1 = solve(gram + s I, gram).
  const at::Tensor hat = at::linalg_solve(gram + strength * eye, gram) + 1.0 / static_cast<double>(n);
  const at::Tensor residual = targets - at::matmul(hat, targets);
  return (residual / (1.0 - hat.diagonal()).unsqueeze(1)).square().sum().item<double>();
}

LinearModel::LinearModel(Task task, const LinearSettings& settings)
    : DeltaModel(std::move(task)), strengths_(settings.strengths) {
  std::sort(strengths_.begin(), strengths_.end(), std::greater<>());
}

void LinearModel::fit(const ContextEffects& effects) {
  const at::Tensor doses = table().doses.to(at::kDouble);
  const at::Tensor largest = std::get<0>(doses.abs().max(0));
  const at::Tensor scale = at::where(largest > 0, 1.0 / largest, 0.0);
  at::Tensor raw = doses * scale;
  at::Tensor centred = raw - raw.mean(0);
  const at::Tensor action_block = linear_detail::block_scale(centred, raw);
  action_scale_ = scale * action_block;
  action_centre_ = raw.mean(0) * action_block;
  action_features_ = centred * action_block;

  control_centre_ = effects.control_means.mean(0);
  centred = effects.control_means - control_centre_;
  control_scale_ = linear_detail::block_scale(centred, effects.control_means);
  control_features_ = centred * control_scale_;

  mean_delta_ = effects.deltas.mean(0);
  const at::Tensor targets = effects.deltas - mean_delta_;
  const at::Tensor gram =
      at::matmul(action_features_, action_features_.t()) + at::matmul(control_features_, control_features_.t());
  double best = strengths_.front();  // from the largest down: a tie keeps the stronger one
  double best_error = std::numeric_limits<double>::infinity();
  if (context_count() > 1) {
    for (const double strength : strengths_) {
      const double error = leave_one_out_error(gram, targets, strength);
      if (error < best_error) {
        best = strength;
        best_error = error;
      }
    }
  }
  alpha_ = at::linalg_solve(gram + best * at::eye(context_count(), at::kDouble), targets);
  strength_ = at::scalar_tensor(best, at::kDouble);
}

std::vector<DeltaModel::Fitted> LinearModel::fitted() {
  const std::int64_t k = context_count();
  const std::int64_t g = gene_count();
  const std::int64_t a = table().doses.size(1);
  return {{"action_scale", &action_scale_, {a}, at::kDouble},
          {"action_centre", &action_centre_, {a}, at::kDouble},
          {"action_features", &action_features_, {k, a}, at::kDouble},
          {"control_scale", &control_scale_, {}, at::kDouble},
          {"control_centre", &control_centre_, {g}, at::kDouble},
          {"control_features", &control_features_, {k, g}, at::kDouble},
          {"mean_delta", &mean_delta_, {g}, at::kDouble},
          {"alpha", &alpha_, {k, g}, at::kDouble},
          {"strength", &strength_, {}, at::kDouble}};
}

at::Tensor LinearModel::delta(const at::Tensor& control_mean, const ContextCode& code) const {
  const at::Tensor a = code.actions.to(at::kDouble) * action_scale_ - action_centre_;
  const at::Tensor c = (control_mean - control_centre_) * control_scale_;
  const at::Tensor similarity = at::matmul(action_features_, a) + at::matmul(control_features_, c);
  return mean_delta_ + at::matmul(similarity, alpha_);
}

double LinearModel::strength() const {
  return strength_.defined() ? strength_.item<double>() : std::numeric_limits<double>::quiet_NaN();
}

Script LinearModel::export_script() const {
  require_fitted();
  return {linear_detail::kScript,
          {{"action_scale", action_scale_},
           {"action_centre", action_centre_},
           {"action_features", action_features_},
           {"control_scale", control_scale_},
           {"control_centre", control_centre_},
           {"control_features", control_features_},
           {"mean_delta", mean_delta_},
           {"alpha", alpha_}}};
}

void LinearSettings::describe(Fields& fields) {
  fields.reals("strengths", strengths, Range::above(0.0),
               "Ridge strengths to choose from, by the leave-one-context-out error inside training");
  fields.require("strengths", !strengths.empty(), "at least one strength");
}

std::unique_ptr<Model> LinearSettings::build(const Task& task, std::uint64_t /*seed*/) const {
  return std::make_unique<LinearModel>(task, *this);
}

}  // namespace brenier::models

#include "models/nn/picnn.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "core/error.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace picnn_detail {

void check(bool ok, const std::string& what) {
  if (!ok) throw Error(ErrorKind::kDefect, "PICNN: " + what);
}

}  // namespace picnn_detail

void PicnnSettings::describe(Fields& fields) {
  fields.integers("hidden", hidden, Range::at_least(1), "Widths of the hidden layers of the convex path");
  fields.integer("context_width", context_width, Range::at_least(1), "Width of the layers of the context path");
  fields.choice("activation", activation, activation_names(),
                "leaky_relu is the original; behind the first layer its biases get no gradient, the smooth ones do");
  fields.choice("initialisation", initialisation, {"standard", "identity", "gaussian"},
                "The map at step 0: as published, exactly the identity, or the Gaussian map of each training context");
  fields.choice("positivity_f", positivity_f, positivity_names(),
                "How f's convex kernels stay non-negative: clamped after each update (published), only penalised, or "
                "reparametrised by softplus or max(., 0)");
  fields.choice("positivity_g", positivity_g, positivity_names(), "The same for g; published: penalty");
  fields.real("penalty", penalty, Range::at_least(0.0), "Weight of the penalty on negative convex kernels");
  fields.boolean("train_quadratics", train_quadratics, "Whether the K quadratics are trained or kept as initialised");
  fields.require("hidden", !hidden.empty(), "needs at least one layer");
}

Picnn::Index Picnn::Slot::size() const {
  Index count = 1;
  for (const auto n : shape) count *= n;
  return count;
}

Picnn::Picnn(const PicnnSettings& settings, const PicnnShape& shape, Positivity positivity, RandomStream& stream,
             at::ScalarType dtype)
    : settings_(settings),
      shape_(shape),
      positivity_(positivity),
      activation_(activation_from(settings.activation)),
      layout_(shape.cell, settings.hidden) {
  picnn_detail::check(shape.cell > 0 && shape.context > 0 && shape.quadratics > 0, "widths must be positive");
  const bool standard = settings.initialisation == "standard";
  const auto hidden = settings.hidden.size();
  std::vector<at::Tensor> values;
  Index size = 0;
  const auto add = [&](const std::string& name, const at::Tensor& value) {
    slots_.push_back({name, value.sizes().vec(), size});
    size += value.numel();
    values.push_back(value.flatten());
    return slots_.size() - 1;
  };
  const auto zeros = [&](const std::vector<Index>& sizes) { return at::zeros(sizes, dtype); };
  const auto one_sided = [&](Index rows, Index columns) {
    return uniform_tensor(stream, {rows, columns}, 0.0, 0.1, dtype);
  };
  const auto kernel = [&](Index rows, Index columns, double factor) {
    if (standard) return one_sided(rows, columns);
    return factor * normal_tensor(stream, {rows, columns}, 1.0 / std::sqrt(static_cast<double>(columns)), dtype);
  };
  const auto convex_kernel = [&](std::size_t l, Index rows, Index columns) {
    const bool zero = l == hidden && !standard;
    const double high = standard ? 0.1 : 2.0 / static_cast<double>(columns);
    const auto wanted = zero ? zeros({rows, columns}) : uniform_tensor(stream, {rows, columns}, 0.0, high, dtype);
    return positivity_of(l) == Positivity::kSoftplus ? wanted.clamp_min(1e-6).expm1().log() : wanted;
  };

  for (std::size_t l = 0; l <= hidden; ++l) {
    const auto number = "." + std::to_string(l);
    const bool last = l == hidden;
    const Index width = last ? 1 : settings.hidden[l];
    const Index context = context_columns(l);
    Layer layer{kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone};
    layer.kernel =
        add("x.kernel" + number, last && !standard ? zeros({1, shape.cell}) : kernel(width, shape.cell, 1.0));
    layer.bias = add("x.bias" + number, zeros({width}));
    // The context path moves A, W and b by 10 % of a centred kernel at first, so that contexts differ gently from the
    // start.
    layer.scale = add("x.scale" + number, kernel(shape.cell, context, 0.1));
    layer.shift = add("x.shift" + number, kernel(width, context, 0.1));
    if (l > 0) {
      const Index previous = settings.hidden[l - 1];
      layer.convex = add("z.kernel" + number, convex_kernel(l, width, previous));
      layer.gate = add("z.gate" + number, kernel(previous, context, 0.1));
    }
    if (!last) {
      layer.context_kernel = add("context.kernel" + number, kernel(settings.context_width, context, 1.0));
      layer.context_bias = add("context.bias" + number, zeros({settings.context_width}));
    }
    layers_.push_back(layer);
  }
  const Index networks = size;
  const auto eye = at::eye(shape.cell, dtype).unsqueeze(0).repeat({shape.quadratics, 1, 1});
  factors_ = add("quadratic.factor", standard ? at::zeros_like(eye) : eye);
  centres_ = add("quadratic.centre", zeros({shape.quadratics, shape.cell}));
  flat_ = at::cat(values);
  trainable_ = flat_.narrow(0, 0, settings.train_quadratics && !standard ? size : networks);
  offsets_ = zeros({shape.quadratics, shape.cell});
}

at::Tensor Picnn::tensor(std::size_t slot) const {
  const auto& place = slots_[slot];
  return flat_.narrow(0, place.first, place.size()).view(place.shape);
}

Picnn::Index Picnn::context_columns(std::size_t layer) const {
  return layer == 0 ? shape_.context : settings_.context_width;
}

Positivity Picnn::positivity_of(std::size_t layer) const {
  const bool from_zero = layer == settings_.hidden.size() && settings_.initialisation != "standard";
  const bool reparametrised = positivity_ == Positivity::kSoftplus || positivity_ == Positivity::kRectifier;
  return reparametrised && from_zero ? Positivity::kClamp : positivity_;
}

void Picnn::set_quadratics(const at::Tensor& factors, const at::Tensor& centres) {
  auto own_factors = tensor(factors_);
  auto own_centres = tensor(centres_);
  picnn_detail::check(factors.sizes() == own_factors.sizes() && centres.sizes() == own_centres.sizes(),
                      "quadratics of another shape");
  const c10::NoGradGuard no_grad;
  own_factors.copy_(factors);
  own_centres.copy_(centres);
}

void Picnn::set_offsets(const at::Tensor& offsets) {
  picnn_detail::check(offsets.sizes() == offsets_.sizes(), "offsets of another shape");
  const c10::NoGradGuard no_grad;
  offsets_.copy_(offsets);
}

State Picnn::state() const {
  State state = {{slots_[factors_].name, tensor(factors_)}, {slots_[centres_].name, tensor(centres_)}};
  for (std::size_t i = 0; i < factors_; ++i) state.emplace_back(slots_[i].name, tensor(i));
  state.emplace_back("offset", offsets_);
  return state;
}

double Picnn::convexity_violation() const {
  const c10::NoGradGuard no_grad;
  double total = 0.0;
  for (std::size_t l = 1; l < layers_.size(); ++l) {
    const auto positivity = positivity_of(l);
    if (positivity != Positivity::kClamp && positivity != Positivity::kPenalty) continue;
    total += tensor(layers_[l].convex).clamp_max(0).norm().item<double>();
  }
  return total;
}

void Picnn::after_update() {
  const c10::NoGradGuard no_grad;
  for (std::size_t l = 1; l < layers_.size(); ++l) {
    if (positivity_of(l) == Positivity::kClamp) tensor(layers_[l].convex).clamp_min_(0);
  }
}

}  // namespace brenier::models

#include "models/svae/vae_network.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <string>

#include "core/error.h"
#include "models/latent/latent_space.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace vae_network_detail {

// Rows of `cells` repeated so that there is one for each row of `shifts`.
at::Tensor repeated(const at::Tensor& cells, const at::Tensor& shifts) {
  return cells.size(0) == shifts.size(0) ? cells : cells.repeat({shifts.size(0) / cells.size(0), 1});
}

void check_counts(const at::Tensor& cells) {
  const auto wrong = (cells < 0).logical_or(cells != cells.round());
  if (!wrong.any().item<bool>()) return;
  const auto first = wrong.nonzero()[0];
  const auto value = cells[first[0].item<std::int64_t>()][first[1].item<std::int64_t>()].item<double>();
  throw Error(ErrorKind::kData, "a negative binomial likelihood needs counts")
      .at("model.likelihood")
      .found("a training cell with the value " + std::to_string(value))
      .expected(
          "whole numbers >= 0: no preprocess.normalize_total and preprocess.log1p; preprocess.counts 'recover' takes "
          "them back from a log-normalised file")
      .hint("likelihood 'gaussian' takes any values");
}

}  // namespace vae_network_detail

VaeNetwork::VaeNetwork(const VaeShape& shape, Parameters& parameters, RandomStream& init, at::ScalarType type)
    : shape_(shape),
      type_(type),
      encoder_(shape.genes + (shape.sees_shift ? shape.width : 0), 2 * shape.width, shape.encoder, "encoder",
               parameters, init, type),
      decoder_(shape.width, shape.genes, shape.decoder, "decoder", parameters, init, type),
      output_bias_(parameters.tensors().back()),
      input_mean_(at::zeros({shape.genes}, type)),
      input_inverse_(at::ones({shape.genes}, type)),
      axes_(at::eye(shape.width, type)) {
  log_dispersion_ = parameters.add(
      "log_dispersion", shape.counts ? normal_tensor(init, {shape.genes}, 1.0, type) : at::zeros({shape.genes}, type));
}

void VaeNetwork::fit(const TrainingView& view) {
  const c10::NoGradGuard no_grad;
  auto sum = at::zeros({shape_.genes}, at::kDouble);
  auto logs = at::zeros({shape_.genes}, at::kDouble);
  auto squares = at::zeros({shape_.genes}, at::kDouble);
  for_each_chunk(view, [&](const at::Tensor& cells, std::int64_t) {
    if (shape_.counts) vae_network_detail::check_counts(cells);
    const auto x = cells.to(at::kDouble);
    sum += x.sum(0);
    const auto seen = shape_.counts ? x.log1p() : x;
    logs += seen.sum(0);
    squares += seen.square().sum(0);
  });
  const auto n = static_cast<double>(view.size());
  if (shape_.counts) {
    // Relative to the mean of the logs, so that the decoder starts with outputs around 0.
    const auto start = (sum + 0.5).log();
    output_bias_.copy_(start - start.mean());
  } else {
    output_bias_.copy_(sum / n);
    const auto variance = (squares / n - (sum / n).square()).clamp_min(1e-4);
    log_dispersion_.copy_(0.5 * variance.log());
  }
  if (!shape_.standardize) return;
  const auto mean = logs / n;
  input_mean_.copy_(mean);
  // A gene without variance stays at 0.
  input_inverse_.copy_((squares / n - mean.square()).clamp_min(1e-12).sqrt().clamp_min(1e-3).reciprocal());
}

at::Tensor VaeNetwork::input(const at::Tensor& cells, const at::Tensor& shifts) const {
  auto x = vae_network_detail::repeated(shape_.counts ? cells.log1p() : cells, shifts);
  if (shape_.standardize) x = (x - input_mean_) * input_inverse_;
  return shape_.sees_shift ? at::cat({x, shifts}, 1) : x;
}

VaeStep VaeNetwork::step(const at::Tensor& cells, const at::Tensor& shifts, double weight, double scale,
                         RandomStream& noise, RandomStream& dropout, std::vector<at::Tensor>& gradients) {
  const c10::NoGradGuard no_grad;
  const auto turned = inner(shifts);
  const auto rows = static_cast<double>(turned.size(0));
  const auto out = encoder_.train(input(cells, turned), encoder_tape_, dropout);
  const auto drawn = draw_latent(out, turned, shape_.additive, noise);
  const auto decoded = decoder_.train(drawn.z, decoder_tape_, dropout);
  const auto terms = likelihood(vae_network_detail::repeated(cells, turned), decoded, /*gradients=*/true);
  const double share = scale / rows;
  const auto by_shifts = backward(terms, drawn, out, turned, weight, share, &gradients);
  gradients.push_back(terms.dispersion_gradient.mul(-share));
  return {terms.log_likelihood.mean().item<double>(), drawn.divergence / rows, by_shifts.matmul(axes_)};
}

LikelihoodTerms VaeNetwork::likelihood(const at::Tensor& cells, const at::Tensor& decoded, bool gradients) const {
  const auto dispersion = log_dispersion_.detach();
  return shape_.counts ? negative_binomial(cells, cells.sum(1), decoded, dispersion, gradients)
                       : gaussian(cells, decoded, dispersion, gradients);
}

at::Tensor VaeNetwork::backward(const LikelihoodTerms& terms, const LatentDraw& drawn, const at::Tensor& out,
                                const at::Tensor& shifts, double weight, double share,
                                std::vector<at::Tensor>* gradients) {
  std::vector<at::Tensor> of_decoder;
  const auto by_z =
      decoder_.backward(decoder_tape_, terms.output_gradient.mul_(-share), gradients ? &of_decoder : nullptr,
                        /*input_gradient=*/true);
  auto latent = latent_gradient(drawn, out, shifts, shape_.additive, by_z, weight * share);
  const auto by_input = encoder_.backward(encoder_tape_, latent.out, gradients, shape_.sees_shift);
  if (gradients) gradients->insert(gradients->end(), of_decoder.begin(), of_decoder.end());
  if (shape_.sees_shift) latent.shifts += by_input.narrow(1, shape_.genes, shape_.width);
  return latent.shifts;
}

at::Tensor VaeNetwork::inner(const at::Tensor& z) const { return z.matmul(axes_.t()); }

at::Tensor VaeNetwork::encode(const at::Tensor& cells, const at::Tensor& shifts) const {
  const c10::NoGradGuard no_grad;
  return posterior_mean(encoder_(input(cells, inner(shifts)))).matmul(axes_);
}

at::Tensor VaeNetwork::decode(const at::Tensor& z) const {
  const c10::NoGradGuard no_grad;
  return decoder_(inner(z));
}

at::Tensor VaeNetwork::mean_cells(const at::Tensor& z, const at::Tensor& library) const {
  const auto out = decode(z);
  return shape_.counts ? at::softmax(out, 1) * library.unsqueeze(1) : out;
}

at::Tensor VaeNetwork::moved_cells(const at::Tensor& cells, const at::Tensor& from, const at::Tensor& to) const {
  if (!shape_.counts) return cells + decode(to) - decode(from);
  const auto change = at::log_softmax(decode(to), 1) - at::log_softmax(decode(from), 1);
  return cells * change.clamp(-kMostLogChange, kMostLogChange).exp();
}

at::Tensor VaeNetwork::log_weight(const at::Tensor& cells, const at::Tensor& shifts, RandomStream& noise) const {
  const c10::NoGradGuard no_grad;
  const auto turned = inner(shifts);
  const auto out = encoder_(input(cells, turned));
  const auto drawn = draw_latent(out, turned, shape_.additive, noise);
  const auto decoded = decoder_(drawn.z);
  const auto terms = likelihood(cells, decoded, /*gradients=*/false);
  return terms.log_likelihood + log_prior_over_posterior(drawn, out, turned, shape_.additive);
}

double VaeNetwork::shift_gradient(const at::Tensor& cells, const at::Tensor& shifts, RandomStream& noise,
                                  at::Tensor& gradient) {
  const c10::NoGradGuard no_grad;
  const auto turned = inner(shifts);
  const double share = 1.0 / static_cast<double>(turned.size(0));
  const auto out = encoder_.frozen(input(cells, turned), encoder_tape_);
  const auto drawn = draw_latent(out, turned, shape_.additive, noise);
  const auto decoded = decoder_.frozen(drawn.z, decoder_tape_);
  const auto terms = likelihood(cells, decoded, /*gradients=*/true);
  gradient = backward(terms, drawn, out, turned, 1.0, share, nullptr).matmul(axes_);
  return terms.log_likelihood.mean().item<double>() - drawn.divergence * share;
}

void VaeNetwork::rotate(const at::Tensor& rotation) { axes_.copy_(axes_.matmul(rotation.to(type_))); }

State VaeNetwork::state() const {
  State state;
  append_state(state, encoder_.buffers(), "");
  append_state(state, decoder_.buffers(), "");
  state.emplace_back("input_mean", input_mean_);
  state.emplace_back("input_inverse", input_inverse_);
  state.emplace_back("axes", axes_);
  return state;
}

Script VaeNetwork::script() const {
  Script script;
  encoder_.append_script(script, "encoder_out");
  decoder_.append_script(script, "decoder_out");
  script.tensors.emplace_back("input_mean", input_mean_);
  script.tensors.emplace_back("input_inverse", input_inverse_);
  script.tensors.emplace_back("axes", axes_);
  script.tensors.emplace_back("axes_back", axes_.t().contiguous());
  auto& source = script.source;
  source += "def encode_mean(self, x: Tensor, shift: Tensor) -> Tensor:\n    y = ";
  source += shape_.counts ? "torch.log1p(x)\n" : "x\n";
  if (shape_.standardize) source += "    y = (y - self.input_mean) * self.input_inverse\n";
  if (shape_.sees_shift) {
    source += "    y = torch.cat([y, torch.matmul(shift, self.axes_back).expand(x.size(0), -1)], 1)\n";
  }
  source += "    return torch.matmul(self.encoder_out(y)[:, :" + std::to_string(shape_.width) + "], self.axes)\n\n";
  source +=
      "def decode(self, z: Tensor) -> Tensor:\n"
      "    return self.decoder_out(torch.matmul(z, self.axes_back))\n\n"
      "def decode_cells(self, z: Tensor, x: Tensor) -> Tensor:\n    y = self.decode(z)\n";
  if (shape_.counts) source += "    y = torch.softmax(y, 1) * torch.sum(x, 1, True)\n";
  source += "    return y\n\n";
  source += "def move_cells(self, x: Tensor, z: Tensor, to: Tensor) -> Tensor:\n";
  const auto most = std::to_string(kMostLogChange);
  if (shape_.counts) {
    source += "    y = torch.log_softmax(self.decode(to), 1) - torch.log_softmax(self.decode(z), 1)\n";
    source += "    return x * torch.exp(torch.clamp(y, -" + most + ", " + most + "))\n\n";
  } else {
    source += "    return x + self.decode(to) - self.decode(z)\n\n";
  }
  return script;
}

}  // namespace brenier::models

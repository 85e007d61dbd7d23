// Encoder, decoder and likelihood of a variational autoencoder, with the gradients of its bound written by hand.
//
//   q(z | x) by the encoder (latent_draw.h),  p(x | z) by the decoder: counts NB(library softmax(out), theta_g) or
//   Gaussian(out, s_g) (models/nn/count_likelihood.h)
//   J = scale * mean over rows of [ -log p(x | z) + weight * KL ]
//
// Cells [B, G] may have P draws each: shifts [P B, L], the rows of all cells one draw after the other. The encoder sees
// log(1 + x) of counts (x itself with a Gaussian), on request with mean 0 and deviation 1 of each gene, and on request
// the shift of the row beside it. float32, or float64 where finite differences are taken.
//
// The latent is z = u A, A orthogonal and constant (the identity, until rotate is called). The networks work in u,
// where the posterior is N(m, diag v); shifts and latents of this interface are those of z, whose posterior is N(m A,
// A^T diag(v) A). Priors N(s, I) are the same in both, so turning z changes no bound.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "models/model.h"
#include "models/nn/count_likelihood.h"
#include "models/nn/dense_stack.h"
#include "models/nn/parameters.h"
#include "models/svae/latent_draw.h"

namespace brenier::models {

struct VaeShape {
  std::int64_t genes = 0;  // G
  std::int64_t width = 0;  // L
  DenseStackSettings encoder;
  DenseStackSettings decoder;
  bool standardize = false;  // of what the encoder sees
  bool counts = true;        // negative binomial; else Gaussian
  bool additive = false;     // latent_draw.h
  bool sees_shift = false;   // of the encoder
};

struct VaeStep {
  double log_likelihood = 0.0;  // mean over rows, nats
  double divergence = 0.0;      // mean over rows, nats
  at::Tensor shifts;            // gradient of J by the shifts [P B, L]
};

class VaeNetwork final {
 public:
  static constexpr double kMostLogChange = 7.0;

  VaeNetwork(const VaeShape& shape, Parameters& parameters, RandomStream& init, at::ScalarType type = at::kFloat);

  // Constants from training cells: input moments (with shape.standardize), and the mean cell as where the decoder
  // starts. Throws kData when counts are asked for and a value is negative or not whole.
  void fit(const TrainingView& view);

  // Values and gradients of J; gradients in the order in which the constructor registered parameters.
  VaeStep step(const at::Tensor& cells, const at::Tensor& shifts, double weight, double scale, RandomStream& noise,
               RandomStream& dropout, std::vector<at::Tensor>& gradients);

  // Means of the posterior of z (of its basal part, if additive) for cells [B, G] under shifts [B, L]: [B, L], with the
  // encoder as it is used after training.
  [[nodiscard]] at::Tensor encode(const at::Tensor& cells, const at::Tensor& shifts) const;
  // Outputs of the decoder [B, G], and the mean cells that they stand for; library [B] only counts with counts.
  [[nodiscard]] at::Tensor decode(const at::Tensor& z) const;
  [[nodiscard]] at::Tensor mean_cells(const at::Tensor& z, const at::Tensor& library) const;
  // Cells [B, G] moved as their latents are: counts times the change of the shares of the genes (its logarithm at most
  // kMostLogChange), other values plus the change of the mean. Keeps the noise of real cells.
  [[nodiscard]] at::Tensor moved_cells(const at::Tensor& cells, const at::Tensor& from, const at::Tensor& to) const;
  // log p(x | z) + log p(z) - log q(z | x) of one draw of z for each cell: float64 [B].
  [[nodiscard]] at::Tensor log_weight(const at::Tensor& cells, const at::Tensor& shifts, RandomStream& noise) const;
  // Mean over rows of the bound and the gradient of its negative by shifts [B, L] alone; networks as after training.
  double shift_gradient(const at::Tensor& cells, const at::Tensor& shifts, RandomStream& noise, at::Tensor& gradient);

  // The same model in a rotated latent space: z <- z R, R [L, L] orthogonal. No bound changes.
  void rotate(const at::Tensor& rotation);

  [[nodiscard]] at::Tensor log_dispersion() const { return log_dispersion_.detach(); }  // [G]
  [[nodiscard]] const VaeShape& shape() const { return shape_; }
  // Running statistics and constants; the parameters are in the list handed to the constructor.
  [[nodiscard]] State state() const;
  // TorchScript: encode_mean(self, x, shift) [B, L] and decode_cells(self, z, x) [B, G] with the library of x.
  [[nodiscard]] Script script() const;

 private:
  [[nodiscard]] at::Tensor inner(const at::Tensor& z) const;  // u of z, [., L]
  // What follows takes shifts of u.
  [[nodiscard]] at::Tensor input(const at::Tensor& cells, const at::Tensor& shifts) const;
  [[nodiscard]] LikelihoodTerms likelihood(const at::Tensor& cells, const at::Tensor& decoded, bool gradients) const;
  // From the likelihood back through the last decoder and encoder passes: the gradient of J by shifts, and of J by the
  // parameters of both networks in `gradients`, unless null. share: scale / rows.
  [[nodiscard]] at::Tensor backward(const LikelihoodTerms& terms, const LatentDraw& drawn, const at::Tensor& out,
                                    const at::Tensor& shifts, double weight, double share,
                                    std::vector<at::Tensor>* gradients);

  VaeShape shape_;
  at::ScalarType type_;
  DenseStack encoder_;
  DenseStack decoder_;
  at::Tensor log_dispersion_;  // log theta, or log s [G]
  at::Tensor output_bias_;     // of the decoder
  at::Tensor input_mean_;      // [G]
  at::Tensor input_inverse_;   // [G] 1 / deviation
  at::Tensor axes_;            // A [L, L]
  DenseTape encoder_tape_;
  DenseTape decoder_tape_;
};

}  // namespace brenier::models

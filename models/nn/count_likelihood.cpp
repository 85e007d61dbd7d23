#include "models/nn/count_likelihood.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "core/shape.h"
#include "models/nn/count_kernels.h"
#include "ot/passes/parallel.h"

namespace brenier::models {
namespace count_likelihood_detail {

using counts::Index;

constexpr Index kRowBlock = 16;

// All are of one dtype, float32 or float64, and contiguous when this returns.
std::vector<at::Tensor> alike(const std::vector<std::pair<std::string, at::Tensor>>& named) {
  const auto& [first_name, first] = named.front();
  check_floating(first, first_name, ErrorKind::kDefect);
  std::vector<at::Tensor> tensors;
  for (const auto& [name, tensor] : named) {
    if (tensor.scalar_type() != first.scalar_type()) {
      throw Error(ErrorKind::kDefect, name + " and " + first_name + " have different dtypes")
          .found(c10::toString(tensor.scalar_type()))
          .expected(c10::toString(first.scalar_type()));
    }
    tensors.push_back(tensor.detach().contiguous());
  }
  return tensors;
}

// What the blocks of rows hand in: log-likelihoods, gradients of the outputs, and a part of the dispersion's gradient
// each, which are summed block by block.
template <class T, class Work>
LikelihoodTerms in_blocks(const at::Tensor& cells, bool gradients, const Work& work) {
  const Index rows = cells.size(0);
  const Index genes = cells.size(1);
  const Index blocks = (rows + kRowBlock - 1) / kRowBlock;
  LikelihoodTerms terms;
  terms.log_likelihood = at::empty({rows}, at::kDouble);
  std::vector<T> parts;
  if (gradients) {
    terms.output_gradient = at::empty({rows, genes}, cells.scalar_type());
    terms.dispersion_gradient = at::empty({genes}, cells.scalar_type());
    parts.resize(static_cast<std::size_t>(blocks * genes));
  }
  auto* likelihood = terms.log_likelihood.template data_ptr<double>();
  T* gradient = gradients ? terms.output_gradient.template data_ptr<T>() : nullptr;
  ot::parallel_blocks(blocks, [&](Index k) {
    const Index first = k * kRowBlock;
    work(first, std::min(kRowBlock, rows - first), likelihood + first, gradients ? gradient + first * genes : nullptr,
         gradients ? parts.data() + k * genes : nullptr);
  });
  if (!gradients) return terms;
  T* dispersion = terms.dispersion_gradient.template data_ptr<T>();
  std::vector<double> sums(static_cast<std::size_t>(genes));
  for (Index k = 0; k < blocks; ++k) {
    const T* part = parts.data() + k * genes;
    for (Index g = 0; g < genes; ++g) sums[static_cast<std::size_t>(g)] += static_cast<double>(part[g]);
  }
  for (Index g = 0; g < genes; ++g) dispersion[g] = static_cast<T>(sums[static_cast<std::size_t>(g)]);
  return terms;
}

template <class T>
LikelihoodTerms negative_binomial(const std::vector<at::Tensor>& inputs, bool gradients) {
  const Index genes = inputs[0].size(1);
  const auto size = static_cast<std::size_t>(genes);
  std::vector<T> room((2 + 2 * (counts::kTabled - 1)) * size);
  std::vector<double> wide(3 * size);
  T* free = room.data();
  const auto take = [&](std::size_t rows) { return std::exchange(free, free + rows * size); };
  const counts::Genes<T> constants = {.genes = genes,
                                      .log_theta = inputs[3].data_ptr<T>(),
                                      .theta = take(1),
                                      .inverse_theta = take(1),
                                      .rise = take(counts::kTabled - 1),
                                      .slope = take(counts::kTabled - 1),
                                      .wide_theta = wide.data(),
                                      .log_gamma = wide.data() + size,
                                      .digamma = wide.data() + 2 * size};
  counts::prepare_genes(constants);
  const T* cells = inputs[0].data_ptr<T>();
  const T* library = inputs[1].data_ptr<T>();
  const T* logits = inputs[2].data_ptr<T>();
  return in_blocks<T>(inputs[0], gradients,
                      [&](Index first, Index rows, double* likelihood, T* gradient, T* dispersion) {
                        counts::negative_binomial_rows<T>(constants, {.rows = rows,
                                                                      .counts = cells + first * genes,
                                                                      .library = library + first,
                                                                      .logits = logits + first * genes,
                                                                      .log_likelihood = likelihood,
                                                                      .gradient = gradient,
                                                                      .dispersion = dispersion});
                      });
}

template <class T>
LikelihoodTerms gaussian(const std::vector<at::Tensor>& inputs, bool gradients) {
  const Index genes = inputs[0].size(1);
  const auto precision = (-2 * inputs[2]).exp();
  const T* cells = inputs[0].data_ptr<T>();
  const T* mean = inputs[1].data_ptr<T>();
  auto terms =
      in_blocks<T>(inputs[0], gradients, [&](Index first, Index rows, double* likelihood, T* gradient, T* dispersion) {
        counts::gaussian_rows<T>({.rows = rows,
                                  .genes = genes,
                                  .cells = cells + first * genes,
                                  .mean = mean + first * genes,
                                  .precision = precision.template data_ptr<T>(),
                                  .log_likelihood = likelihood,
                                  .gradient = gradient,
                                  .dispersion = dispersion});
      });
  const double constant =
      inputs[2].sum(at::kDouble).item<double>() + 0.5 * std::log(2 * std::numbers::pi) * static_cast<double>(genes);
  terms.log_likelihood -= constant;
  if (gradients) terms.dispersion_gradient -= inputs[0].size(0);
  return terms;
}

}  // namespace count_likelihood_detail

LikelihoodTerms negative_binomial(const at::Tensor& counts, const at::Tensor& library, const at::Tensor& logits,
                                  const at::Tensor& log_dispersion, bool gradients) {
  namespace own = count_likelihood_detail;
  ShapeLetters letters({}, ErrorKind::kDefect);
  letters.check(counts, "counts", "[B, G]");
  letters.check(library, "library", "[B]");
  letters.check(logits, "logits", "[B, G]");
  letters.check(log_dispersion, "log_dispersion", "[G]");
  const auto inputs =
      own::alike({{"counts", counts}, {"library", library}, {"logits", logits}, {"log_dispersion", log_dispersion}});
  return counts.scalar_type() == at::kDouble ? own::negative_binomial<double>(inputs, gradients)
                                             : own::negative_binomial<float>(inputs, gradients);
}

LikelihoodTerms gaussian(const at::Tensor& cells, const at::Tensor& mean, const at::Tensor& log_deviation,
                         bool gradients) {
  namespace own = count_likelihood_detail;
  ShapeLetters letters({}, ErrorKind::kDefect);
  letters.check(cells, "cells", "[B, G]");
  letters.check(mean, "mean", "[B, G]");
  letters.check(log_deviation, "log_deviation", "[G]");
  const auto inputs = own::alike({{"cells", cells}, {"mean", mean}, {"log_deviation", log_deviation}});
  return cells.scalar_type() == at::kDouble ? own::gaussian<double>(inputs, gradients)
                                            : own::gaussian<float>(inputs, gradients);
}

}  // namespace brenier::models

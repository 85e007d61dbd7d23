// How well a latent space lets an unseen action be learned from a handful of cells.
//
// Cells i of one action with posterior means m_i [L] and bounds l_i under no shift: under a shift s the bound is
//   l_i(s) = l_i + m_i . s - |s|^2 / 2
// s is estimated from n cells, m their mean: s_j = m_j where n m_j^2 / 2 > log L + log(n) / 2 (an extended Bayesian
// information criterion, chen2008ebic), else 0, and the mean of l_i(s) over the other cells is the score, in nats a
// cell. A space in which an action moves few latents needs few cells; one that is a rotation of it has the same bounds
// and needs more. Adaptation as a measure of disentanglement: bengio2020meta. No truth is used.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/random.h"

namespace brenier::models {

// means [N, L], bounds [N]; the mean over `repeats` draws of `shots` cells, shots < N.
[[nodiscard]] double few_shot_score(const at::Tensor& means, const at::Tensor& bounds, std::int64_t shots,
                                    std::int64_t repeats, RandomStream& stream);

}  // namespace brenier::models

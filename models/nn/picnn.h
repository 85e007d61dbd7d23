// A potential that is convex in the cell x and depends freely on a context c: the partially input-convex network of
// CondOT (bunne2022condot; amos2017icnn section 3.2) with K context-weighted quadratics in front of it. kappa_k says
// how much of training context k's displacement T_k(x) - x this context takes: weights that sum to 1 average maps,
// weights that sum to 2 compose two displacements.
//
//   u_0 = c,  u_{l+1} = phi(V_l u_l + v_l)
//   A_l(c) = A_l diag(B_l u_l + 1),  W_l(c) = pos(W_l) diag(softplus(D_l u_l + log(e - 1))),  b_l(c) = C_l u_l + b_l
//   P(c)   = (1 - sum_k kappa_k) I + sum_k kappa_k M_k'M_k
//   q(c)   = A_L(c)' - sum_k kappa_k (M_k'M_k s_k - e_k)
//   g(x|c) = 1/2 x'P(c)x + q(c)'x + h(x; A(c), W(c), b(c))                                    (icnn.h)
//
// A batch holds one context, so the context path is one row and the potential of that context is an ordinary ICNN:
// `evaluate` makes its weights, potential_sweep.h differentiates those, and `pull_back` carries the gradient by hand
// through the context path. Every gate is exactly 1 and every x scale exactly 1 at u = 0: the bias of a gate is
// softplus^-1(1) = log(e - 1), and kernels of the context path are centred.
//
// Positivity of the W_l (positivity.h) is chosen for each potential; published: f clamped, g penalised.
//
// Initialisations of (M_k, s_k) and of h's output row (W_L, A_L):
//   standard  no quadratic, kernels U(0, 0.1) as published
//   identity  M_k = I, s_k = 0, output row 0: T(x) = x exactly at step 0
//   gaussian  M_k'M_k, s_k from the Gaussian map of training context k (set_quadratics), output row 0
// An output row of 0 still has a gradient (the output is linear in it), and with it the layers below from step 1 on.
//
// Shapes: c [C], kappa [K], x [B, D], hidden widths H_0 .. H_{L-1}, context width U. Errors: kDefect on wrong shapes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/fields.h"
#include "core/random.h"
#include "models/model.h"
#include "models/nn/activation.h"
#include "models/nn/icnn.h"
#include "models/nn/positivity.h"

namespace brenier::models {

struct PicnnSettings {
  std::vector<std::int64_t> hidden = {64, 64, 64, 64};
  std::int64_t context_width = 32;
  std::string activation = "leaky_relu";
  std::string initialisation = "gaussian";
  std::string positivity_f = "clamp";
  std::string positivity_g = "penalty";
  double penalty = 1.0;  // weight of sum_l |max(-W_l, 0)|_F where positivity is "penalty"
  bool train_quadratics = true;

  void describe(Fields& fields);
};

struct PicnnShape {
  std::int64_t cell = 0;        // D
  std::int64_t context = 0;     // C
  std::int64_t quadratics = 0;  // K
};

// The potential of one context, and what pull_back needs of the way to it. Filled by Picnn::evaluate, reusable.
struct PicnnTape {
  explicit PicnnTape(const Potential& empty) : potential(empty) {}
  Potential potential;
  at::Tensor kappa;
  std::vector<at::Tensor> u;      // u_0 .. u_L, padded
  std::vector<at::Tensor> slope;  // phi' of u_1 .. u_L
  std::vector<at::Tensor> scale;  // B_l u_l + 1
  std::vector<at::Tensor> gate;   // softplus(..); [0] is not used
  std::vector<at::Tensor> share;  // its derivative
};

class Picnn final {
 public:
  Picnn(const PicnnSettings& settings, const PicnnShape& shape, Positivity positivity, RandomStream& stream,
        at::ScalarType dtype = at::kFloat);

  // Replaces the quadratics: q_k(x) = 1/2 |M_k (x - s_k)|^2. factors M [K, D, D], centres s [K, D].
  void set_quadratics(const at::Tensor& factors, const at::Tensor& centres);

  // Constant shifts e [K, D] of the map of each training context, not trained: T(x|k) += e_k.
  void set_offsets(const at::Tensor& offsets);

  // The potential of one context.
  [[nodiscard]] Potential at(const at::Tensor& context, const at::Tensor& kappa) const;
  // The same with a tape, which needs no new memory when it is used again.
  [[nodiscard]] PicnnTape make_tape() const;
  void evaluate(const at::Tensor& context, const at::Tensor& kappa, PicnnTape& tape) const;
  // The gradient with respect to trainable(), given the one with respect to the weights of tape.potential. Adds that of
  // the penalty when positivity asks for it. Overwrites `out`; and `context` [C], if given, with the gradient in c.
  void pull_back(const PicnnTape& tape, const at::Tensor& gradient, at::Tensor& out,
                 at::Tensor* context = nullptr) const;

  // sum_l |max(-W_l, 0)|_F: how far the network is from convex (CellOT's penalty); a reparametrised W_l adds 0.
  [[nodiscard]] double convexity_violation() const;
  // What positivity asks for after an update of the parameters.
  void after_update();

  [[nodiscard]] const PotentialLayout& layout() const { return layout_; }
  [[nodiscard]] Activation activation() const { return activation_; }
  // All trainable numbers, one flat tensor.
  [[nodiscard]] const at::Tensor& trainable() const { return trainable_; }
  // Every tensor of the network (trainable or constant) by name, sharing storage.
  [[nodiscard]] State state() const;
  // TorchScript `potential(self, c: Tensor, kappa: Tensor) -> Tensor`: the weights of at(c, kappa) in one vector, and
  // `transport(self, x: Tensor, weights: Tensor) -> Tensor`: the gradient map with such a vector.
  [[nodiscard]] Script script() const;

 private:
  using Index = std::int64_t;
  struct Slot {  // where a tensor lies in flat_
    std::string name;
    std::vector<Index> shape;
    Index first;
    [[nodiscard]] Index size() const;
  };
  struct Layer {  // positions in slots_; kNone where a layer lacks it
    std::size_t kernel, bias, scale, shift, convex, gate, context_kernel, context_bias;
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  [[nodiscard]] at::Tensor tensor(std::size_t slot) const;
  [[nodiscard]] Index context_columns(std::size_t layer) const;
  // How W of that layer is kept non-negative: an output row that starts at 0 is not reparametrised.
  [[nodiscard]] Positivity positivity_of(std::size_t layer) const;
  template <class T>
  void evaluate_as(PicnnTape& tape) const;
  template <class T>
  void add_quadratics(PicnnTape& tape) const;
  template <class T>
  void pull_back_as(const PicnnTape& tape, const T* gradient, T* out, T* context) const;
  template <class T>
  void pull_back_quadratics(const PicnnTape& tape, const T* gradient, T* out) const;

  PicnnSettings settings_;
  PicnnShape shape_;
  Positivity positivity_;
  Activation activation_;
  PotentialLayout layout_;
  std::vector<Slot> slots_;
  std::vector<Layer> layers_;
  std::size_t factors_ = kNone;  // M [K, D, D]
  std::size_t centres_ = kNone;  // s [K, D]
  at::Tensor flat_;              // all slots
  at::Tensor trainable_;         // its front
  at::Tensor offsets_;           // e [K, D]
};

}  // namespace brenier::models

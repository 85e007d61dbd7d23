// Elementwise activations, for networks whose gradients are written by hand (the loops are in row_kernels.h).
//
// | name         | phi(a)                      | convex, monotone          |
// | leaky_relu   | a if a > 0 else s a         | piecewise linear, s = 0.2 |
// | softplus     | log(1 + exp(a))             | smooth                    |
// | celu         | a if a > 0 else exp(a) - 1  | once differentiable       |
// | squared_relu | max(a, 0)^2 / 2             | once differentiable       |
//
// The first layer of a potential has psi: phi^2 for leaky_relu, to which the square gives the curvature it lacks
// (psi'' = 2 phi'^2); phi itself for the others (celu^2 would not be convex).
//
// phi''(a) of leaky_relu is 0 everywhere: a gradient map built on it gives every bias behind the first layer a gradient
// of exactly zero, so its kinks never move. The others do not have that defect.
#pragma once

#include <string>
#include <vector>

namespace brenier::models {

enum class Activation { kLeakyRelu, kSoftplus, kCelu, kSquaredRelu };

inline constexpr double kLeakySlope = 0.2;

[[nodiscard]] const std::vector<std::string>& activation_names();
// Throws kDefect for a name that is not in activation_names() (settings have checked it).
[[nodiscard]] Activation activation_from(const std::string& name);
// Whether phi'' vanishes almost everywhere.
[[nodiscard]] bool is_piecewise_linear(Activation activation);

// TorchScript that defines the methods value(a), slope(a) of phi, first_value(a), first_slope(a) of psi, and
// soft_plus(a).
[[nodiscard]] std::string activation_script(Activation activation);

}  // namespace brenier::models

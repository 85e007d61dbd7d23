// Two-sided tail probabilities of the tests, accurate in relative terms down to the smallest double.
//
//   normal     P(|Z| >= |z|) = erfc(|z| / sqrt 2)
//   Student t  P(|T| >= |t|) = I_x(nu / 2, 1 / 2),  x = nu / (nu + t^2)        I: regularised incomplete beta function
//
// Infinite arguments give 0; NaN gives NaN.
#pragma once

namespace brenier::train {

[[nodiscard]] double normal_two_sided(double z);
// nu > 0 degrees of freedom, need not be whole.
[[nodiscard]] double student_two_sided(double t, double nu);

}  // namespace brenier::train

// exp and log of whole arrays in float64, by Highway with run-time dispatch: what an iteration spends on its
// potentials, O(N + M) of them, which would cost more than the pairs of a small problem one by one. Relative error
// below 1e-15.
#pragma once

#include "ot/passes/parallel.h"

namespace brenier::ot::vector_math {

// values[k] <- exp(values[k]); exactly 0 below -708 (and for -inf), infinite above 709.
void exponentials(double* values, Index count);

// values[k] <- log(values[k]) for values above 1e-300; -inf for 0 and below, inf for inf.
void logarithms(double* values, Index count);

}  // namespace brenier::ot::vector_math

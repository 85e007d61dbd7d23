// A covariate whose values are numbers (an age, a time), as a model knows it from training.
//
// In an encoded context it is one number: (value - mean) / deviation over the different training values; 0 for a
// context that does not state it. So a value that training never had lies between or beyond those that it had.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/context.h"

namespace brenier {

struct NumericCovariate {
  double mean = 0.0;
  double deviation = 1.0;
  double low = 0.0;  // of the training values
  double high = 0.0;
};

// From the training values of `column`. Throws kData: a value that is no finite number, no two different values.
[[nodiscard]] NumericCovariate numeric_covariate(const std::string& column, const std::vector<std::string>& values);

// Throws kData when the context's value is no finite number.
[[nodiscard]] double encode_numeric(const std::string& column, const NumericCovariate& covariate,
                                    const Context& context);

// A sentence for each column that the context does not state, or states outside the training range.
[[nodiscard]] std::vector<std::string> numeric_doubts(const std::map<std::string, NumericCovariate>& covariates,
                                                      const Context& context);

}  // namespace brenier

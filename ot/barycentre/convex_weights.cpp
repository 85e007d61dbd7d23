#include "ot/barycentre/convex_weights.h"

#include <cmath>
#include <string>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::ot {

std::vector<double> convex_weights(const std::vector<double>& given, std::size_t measures) {
  if (given.empty()) return std::vector<double>(measures, 1 / static_cast<double>(measures));
  if (given.size() != measures) {
    throw Error(ErrorKind::kUsage, "a barycentre needs one weight a measure")
        .at("weights of the barycentre")
        .found(std::to_string(given.size()) + " weights for " + std::to_string(measures) + " measures")
        .expected("as many as measures, or none for equal ones");
  }
  double sum = 0;
  for (std::size_t k = 0; k < given.size(); ++k) {
    if (!(given[k] >= 0) || std::isinf(given[k])) {
      throw Error(ErrorKind::kUsage, "a weight of a barycentre is out of range")
          .at("weights of the barycentre")
          .found(number_text(given[k]) + " at index " + std::to_string(k))
          .expected("a finite number of at least 0");
    }
    sum += given[k];
  }
  if (!(std::abs(sum - 1) <= 1e-6)) {
    throw Error(ErrorKind::kUsage, "the weights of a barycentre do not sum to 1")
        .at("weights of the barycentre")
        .found("a sum of " + number_text(sum))
        .expected("1")
        .hint("divide them by their sum");
  }
  std::vector<double> out = given;
  for (double& weight : out) weight /= sum;
  return out;
}

}  // namespace brenier::ot

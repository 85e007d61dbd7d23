#include "core/numeric_covariate.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/finite_number.h"
#include "core/number_text.h"

namespace brenier {
namespace numeric_covariate_detail {

double value_of(const std::string& column, const std::string& text) {
  if (const auto value = finite_number(text)) return *value;
  throw Error(ErrorKind::kData, "a value of a numeric covariate is no number")
      .at("covariate '" + column + "'")
      .found("'" + text + "'")
      .expected("a finite number")
      .hint("without the entry in data.descriptors the values are names");
}

}  // namespace numeric_covariate_detail

NumericCovariate numeric_covariate(const std::string& column, const std::vector<std::string>& values) {
  std::vector<double> numbers;
  for (const auto& text : values) numbers.push_back(numeric_covariate_detail::value_of(column, text));
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  if (numbers.size() < 2) {
    throw Error(ErrorKind::kData, "a numeric covariate does not vary over the training contexts")
        .at("covariate '" + column + "'")
        .found(numbers.empty() ? "no value" : number_text(numbers.front()) + " only")
        .expected("at least two different values");
  }
  const auto count = static_cast<double>(numbers.size());
  NumericCovariate out{0.0, 0.0, numbers.front(), numbers.back()};
  for (const double number : numbers) out.mean += number / count;
  for (const double number : numbers) out.deviation += (number - out.mean) * (number - out.mean) / count;
  out.deviation = std::sqrt(out.deviation);
  return out;
}

double encode_numeric(const std::string& column, const NumericCovariate& covariate, const Context& context) {
  const auto given = context.covariates.find(column);
  if (given == context.covariates.end()) return 0.0;
  return (numeric_covariate_detail::value_of(column, given->second) - covariate.mean) / covariate.deviation;
}

std::vector<std::string> numeric_doubts(const std::map<std::string, NumericCovariate>& covariates,
                                        const Context& context) {
  std::vector<std::string> doubts;
  for (const auto& [column, covariate] : covariates) {
    const auto given = context.covariates.find(column);
    if (given == context.covariates.end()) {
      doubts.push_back(column + " is not given: it counts as the mean of training, " + number_text(covariate.mean));
      continue;
    }
    const double value = numeric_covariate_detail::value_of(column, given->second);
    if (value >= covariate.low && value <= covariate.high) continue;
    doubts.push_back(column + " " + number_text(value) + " lies outside the training range " +
                     number_text(covariate.low) + " to " + number_text(covariate.high));
  }
  return doubts;
}

}  // namespace brenier

// Predicted against true gene means of one context: a dot a gene, the diagonal where both agree.
//
// For the most changed genes a stem runs from where the gene is without the perturbation (the control mean) to where it
// is predicted: a good prediction ends on the diagonal. All most changed genes are drawn; the others by an even step
// through the gene list, so that the same data give the same picture.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/metric/comparison.h"
#include "train/report/figure.h"

namespace brenier::train {

// Of the genes that change less than the most changed ones.
constexpr std::int64_t kDrawnGenes = 1200;

[[nodiscard]] Figure mean_chart(const Comparison& comparison, const std::vector<std::string>& genes);

}  // namespace brenier::train

// l2_mean: Euclidean distance between predicted and true gene means, |mean(predicted) - mean(truth)|_2. CellOT's "drug
// signature" (bunne2023cellot, l2-means). In the unit of the data; grows with the number of genes.
#pragma once

#include "train/metric/comparison.h"

namespace brenier::train {

[[nodiscard]] double l2_mean(const Comparison& comparison);

}  // namespace brenier::train

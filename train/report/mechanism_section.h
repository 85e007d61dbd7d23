// The latent mechanisms of a model in a page: the heat map of their shifts (mask_chart.h), and the genes each latent
// moves.
//
// Errors: kData when shapes do not fit or values are not finite (mask_chart.h), or there are not G gene names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/mechanism_model.h"

namespace brenier::train {

// A row a latent, the most used first: how many actions move it (a mask above 0.5 where there are masks, else any
// shift), the `count` genes that one unit of it raises most, and the `count` that it lowers most, with the change of
// the log mean. At most kMaskColumns rows. Empty when the gene effects are not defined.
[[nodiscard]] std::string latent_gene_table(const models::Mechanisms& mechanisms, const std::vector<std::string>& genes,
                                            std::int64_t count);

// Says so where no action moves any latent.
[[nodiscard]] std::string mechanism_section(const models::Mechanisms& mechanisms, const std::vector<std::string>& genes,
                                            bool live);

}  // namespace brenier::train

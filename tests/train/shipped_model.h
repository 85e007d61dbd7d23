// Whether a trained model and the file that ships it say the same.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "core/context.h"
#include "models/model.h"
#include "train/dataset.h"

namespace brenier::tests {

// For each context: the trained model, the runtime on the file, and the bare TorchScript archive agree to 1e-5 on the
// control cells.
void expect_shipped_model_agrees(const train::PreparedData& prepared, const models::Model& trained,
                                 const std::filesystem::path& file, const std::vector<Context>& contexts);

// For a real file: 16 threads get what one gets; genes in another order change nothing; a damaged byte (1 in `stride`)
// is an error or changes nothing; a file that is cut off is an error.
void expect_shipped_model_is_robust(const train::PreparedData& prepared, const std::filesystem::path& file,
                                    const std::vector<Context>& contexts, std::size_t stride = 501);

}  // namespace brenier::tests

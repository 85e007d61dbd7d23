// Whether a trained model and the file that ships it say the same.
#pragma once

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

}  // namespace brenier::tests

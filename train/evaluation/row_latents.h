// Latents of rows of a table, some at a time: tables may be larger than the memory that their dense cells would take.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/context.h"
#include "data/table/cell_table.h"
#include "models/mechanism_model.h"

namespace brenier::train {

// Posterior means of the rows, all of them cells of `context`: parts [B, L] in the order of the rows, none for no rows.
// Throws what MechanismModel::latents throws, and kDefect where it gives another number of rows.
[[nodiscard]] std::vector<at::Tensor> row_latents(const models::MechanismModel& model, const data::CellTable& table,
                                                  const std::vector<std::int64_t>& rows, const Context& context);

}  // namespace brenier::train

#include "models/nn/potential_layout.h"

#include <ATen/ATen.h>

#include <utility>

#include "models/nn/row_kernels.h"

namespace brenier::models {

PotentialLayout::PotentialLayout(Index cell_width, std::vector<Index> hidden_widths)
    : cell(cell_width), cell_padded(rows::padded(cell_width)), hidden(std::move(hidden_widths)), hidden_columns(0) {
  for (const auto width : hidden) {
    padded.push_back(rows::padded(width));
    column.push_back(hidden_columns);
    hidden_columns += padded.back();
  }
  stride = hidden_columns + cell_padded;
  if (stride / rows::kColumnPad % 2 == 0) stride += rows::kColumnPad;
  bias = cell * stride;
  Index next = bias + stride;
  kernel.push_back(0);
  for (std::size_t l = 1; l < hidden.size(); ++l) {
    kernel.push_back(next);
    next += hidden[l] * padded[l - 1];
  }
  output = next;
  offset = output + padded.back();
  size = offset + rows::kColumnPad;
}

std::vector<at::Tensor> PotentialParts::list() const {
  std::vector<at::Tensor> all = {quadratic, linear};
  all.insert(all.end(), a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  all.insert(all.end(), w.begin(), w.end());
  return all;
}

PotentialParts parts_of(const PotentialLayout& layout, const at::Tensor& flat) {
  const auto part = [&](std::int64_t first, std::int64_t rows, std::int64_t columns, std::int64_t stride) {
    return flat.as_strided({rows, columns}, {stride, 1}, flat.storage_offset() + first);
  };
  PotentialParts parts;
  parts.quadratic = part(layout.hidden_columns, layout.cell, layout.cell, layout.stride);
  parts.linear = flat.narrow(0, layout.bias + layout.hidden_columns, layout.cell);
  for (std::size_t l = 0; l < layout.layers(); ++l) {
    parts.a.push_back(part(layout.column[l], layout.cell, layout.hidden[l], layout.stride).t());
    parts.b.push_back(flat.narrow(0, layout.bias + layout.column[l], layout.hidden[l]));
    if (l > 0) parts.w.push_back(part(layout.kernel[l], layout.hidden[l], layout.hidden[l - 1], layout.padded[l - 1]));
  }
  parts.w.push_back(part(layout.output, 1, layout.hidden.back(), layout.padded.back()));
  parts.b.push_back(flat.narrow(0, layout.offset, 1));
  return parts;
}

}  // namespace brenier::models

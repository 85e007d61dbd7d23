// A whole .h5ad file in memory, without loss (see element.h for what that means).
//
// Shapes: N = obs rows, G = var rows; X and every layer [N, G]; obsm entries have N rows, varm G; obsp [N, N],
// varp [G, G]; raw.x [N, G'] with G' = raw.var rows. The reader and the writer check all of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/h5ad/element.h"
#include "data/table/data_frame.h"

namespace brenier::data {

// The matrix before genes were filtered.
struct RawData {
  std::optional<Element> x;  // NumericArray [N, G'] or SparseMatrix
  DataFrame var;
  Dict varm;
  bool operator==(const RawData&) const = default;
};

struct AnnData {
  std::optional<Element>
      x;  // NumericArray [N, G], SparseMatrix or OpaqueArray (float16); absent when the file has none
  DataFrame obs;
  DataFrame var;
  Dict layers;
  Dict obsm;
  Dict varm;
  Dict obsp;
  Dict varp;
  Dict uns;
  std::optional<RawData> raw;
  std::vector<std::string> notes;  // what was left out, when the caller asked to skip what is not supported

  bool operator==(const AnnData&) const = default;
};

// Throws kData naming the first part whose shape does not fit obs and var.
void check_shapes(const AnnData& data);

}  // namespace brenier::data

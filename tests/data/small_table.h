// Cell tables written by hand for tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "data/table/cell_table.h"

namespace brenier::tests {

inline std::vector<std::string> numbered(const std::string& prefix, std::int64_t n) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < n; ++i) names.push_back(prefix + std::to_string(i));
  return names;
}

// A dense table with cells c0, c1, ... and genes g0, g1, ...
inline data::CellTable dense_table(std::int64_t cells, std::int64_t genes, std::vector<float> values) {
  data::CellTable table;
  table.x = data::CellMatrix(data::DenseMatrix{cells, genes, std::move(values)});
  table.obs.index = numbered("c", cells);
  table.var.index = numbered("g", genes);
  return table;
}

inline data::CellMatrix to_sparse(const data::DenseMatrix& dense) {
  data::CsrMatrix csr{dense.rows, dense.cols, {0}, {}, {}};
  for (std::int64_t i = 0; i < dense.rows; ++i) {
    for (std::int64_t j = 0; j < dense.cols; ++j) {
      const float v = dense.values[static_cast<std::size_t>(i * dense.cols + j)];
      if (v == 0.0F) continue;
      csr.indices.push_back(static_cast<std::int32_t>(j));
      csr.values.push_back(v);
    }
    csr.indptr.push_back(static_cast<std::int64_t>(csr.values.size()));
  }
  return data::CellMatrix(std::move(csr));
}

inline data::CellMatrix to_dense(const data::CellMatrix& x) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(x.rows()));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
  data::DenseMatrix dense{x.rows(), x.cols(), std::vector<float>(static_cast<std::size_t>(x.rows() * x.cols()))};
  x.rows_dense(rows, dense.values.data());
  return data::CellMatrix(std::move(dense));
}

// One cell a label, one gene of value 1: for tests that look at `obs` only.
inline data::CellTable labelled_table(const std::vector<std::pair<std::string, std::vector<std::string>>>& columns) {
  const auto cells = static_cast<std::int64_t>(columns.front().second.size());
  data::CellTable table = dense_table(cells, 1, std::vector<float>(static_cast<std::size_t>(cells), 1.0F));
  for (const auto& [name, values] : columns) table.obs.set(name, data::StringColumn(values));
  return table;
}

// Numbers of an oracle file, null as NaN.
inline std::vector<double> oracle_numbers(const nlohmann::json& array) {
  std::vector<double> values;
  for (const auto& item : array) values.push_back(item.is_null() ? std::nan("") : item.get<double>());
  return values;
}

}  // namespace brenier::tests

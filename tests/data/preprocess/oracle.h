// The files of tests/oracle/preprocess, and comparison with them.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/data/small_table.h"
#include "tests/helpers/repository.h"

namespace brenier::tests {

inline nlohmann::json preprocess_oracle(const std::string& name) {
  std::ifstream in(repository_file("tests/oracle/preprocess/" + name));
  return nlohmann::json::parse(in);
}

inline data::CellTable oracle_counts(const nlohmann::json& counts) {
  data::CsrMatrix csr{counts.at("cells").get<std::int64_t>(), counts.at("genes").get<std::int64_t>(),
                      counts.at("counts").at("indptr").get<std::vector<std::int64_t>>(),
                      counts.at("counts").at("indices").get<std::vector<std::int32_t>>(),
                      counts.at("counts").at("values").get<std::vector<float>>()};
  data::CellTable table;
  table.obs.index = numbered("c", csr.rows);
  table.var.index = numbered("g", csr.cols);
  table.x = data::CellMatrix(std::move(csr));
  table.obs.set("batch", counts.at("batch").get<data::StringColumn>());
  return table;
}

// Equal length, NaN at the same places, otherwise within `relative` of the larger of the size and `floor`.
template <class Numbers>
void expect_close(const Numbers& found, const std::vector<double>& wanted, double relative, double floor,
                  const std::string& what) {
  ASSERT_EQ(found.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto value = static_cast<double>(found[i]);
    if (std::isnan(wanted[i])) {
      EXPECT_TRUE(std::isnan(value)) << what << " " << i << ": " << value;
    } else {
      EXPECT_NEAR(value, wanted[i], relative * std::max(std::abs(wanted[i]), floor)) << what << " " << i;
    }
  }
}

}  // namespace brenier::tests

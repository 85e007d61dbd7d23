// The problems of a JSON file of tests/oracle/ot/, made by the script beside it.
#pragma once

#include <ATen/core/Tensor.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/helpers/repository.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {

class OracleFile final {
 public:
  explicit OracleFile(const std::string& name) {
    std::ifstream(tests::repository_file("tests/oracle/ot/" + name)) >> json_;
  }

  [[nodiscard]] const nlohmann::json& entry(const std::string& name) const { return json_.at("problems").at(name); }

  // The file writes infinities as words.
  [[nodiscard]] static double number(const nlohmann::json& value) {
    if (value.is_number()) return value.get<double>();
    const double infinity = std::numeric_limits<double>::infinity();
    return value.get<std::string>() == "-inf" ? -infinity : infinity;
  }

  // A list of numbers, or of lists of numbers, row by row.
  [[nodiscard]] static std::vector<double> list(const nlohmann::json& value) {
    if (!value.is_array()) return {number(value)};
    std::vector<double> out;
    for (const auto& part : value) {
      const auto inner = list(part);
      out.insert(out.end(), inner.begin(), inner.end());
    }
    return out;
  }

  // The same as a float64 tensor of that shape.
  [[nodiscard]] static at::Tensor numbers(const nlohmann::json& value, at::IntArrayRef shape) {
    return tensor(list(value), shape);
  }

 private:
  nlohmann::json json_;
};

}  // namespace brenier::ot

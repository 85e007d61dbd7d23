#include "train/report/history.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/error.h"
#include "core/io/atomic_file.h"

namespace brenier::train {
namespace history_detail {

Curve& curve_of(std::vector<Curve>& curves, const std::string& stage, const std::string& name, bool validation) {
  const auto it = std::find_if(curves.begin(), curves.end(), [&](const Curve& curve) {
    return curve.stage == stage && curve.name == name && curve.validation == validation;
  });
  if (it != curves.end()) return *it;
  Curve curve;
  curve.stage = stage;
  curve.name = name;
  curve.validation = validation;
  return curves.emplace_back(std::move(curve));
}

void add(std::vector<Curve>& curves, const nlohmann::ordered_json& line, const char* member, const std::string& stage,
         double step) {
  const auto parts = line.find(member);
  if (parts == line.end() || !parts->is_object()) return;
  const bool validation = std::string_view(member) == "validation";
  const auto mark = line.find("best");
  const bool best = mark != line.end() && *mark == true;
  for (const auto& [name, value] : parts->items()) {
    Curve& curve = curve_of(curves, stage, name, validation);
    curve.steps.push_back(step);
    curve.values.push_back(value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN());
    if (validation && best) curve.best_step = step;
  }
}

}  // namespace history_detail

std::vector<Curve> read_history(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  std::vector<Curve> curves;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    ++number;
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;  // cut off while it was written
    const auto line = nlohmann::ordered_json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                                    text.begin() + static_cast<std::ptrdiff_t>(end), nullptr,
                                                    /*allow_exceptions=*/false);
    if (!line.is_object() || !line.contains("step") || !line["step"].is_number()) {
      throw Error(ErrorKind::kData, "a line of the history is no JSON object with a step")
          .at(path.string() + ", line " + std::to_string(number))
          .found(text.substr(begin, std::min<std::size_t>(end - begin, 80)));
    }
    const auto stage = line.find("stage");
    const std::string stage_name = stage != line.end() && stage->is_string() ? stage->get<std::string>() : "";
    const double step = line["step"].get<double>();
    history_detail::add(curves, line, "losses", stage_name, step);
    history_detail::add(curves, line, "validation", stage_name, step);
    begin = end + 1;
  }
  return curves;
}

}  // namespace brenier::train

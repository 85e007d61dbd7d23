#include <array>
#include <cstdlib>

#include "core/error.h"
#include "core/nearest_name.h"
#include "ot/cost/angular.h"
#include "ot/cost/cost.h"
#include "ot/cost/euclidean.h"
#include "ot/cost/p_norm.h"
#include "ot/cost/squared_euclidean.h"

namespace brenier::ot {
namespace cost_by_name_detail {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char letter : text) {
    if (letter == ':') {
      parts.emplace_back();
    } else {
      parts.back() += letter;
    }
  }
  return parts;
}

double number(const std::string& text, const std::string& name) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') {
    throw Error(ErrorKind::kUsage, "a parameter of a cost is no number").found("'" + name + "'").expected("pnorm:1.5");
  }
  return value;
}

}  // namespace cost_by_name_detail

void Cost::check_points(const at::Tensor&, const std::string&) const {}

const std::vector<std::string>& cost_names() {
  static const std::vector<std::string> names{"sqeuclidean",   "euclidean", "cosine",   "arccos",
                                              "arccos:MARGIN", "pnorm:P",   "pnorm:P:Q"};
  return names;
}

std::shared_ptr<const Cost> cost_by_name(const std::string& name) {
  const auto parts = cost_by_name_detail::split(name);
  const auto& kind = parts.front();
  const auto parameter = [&](std::size_t k) { return cost_by_name_detail::number(parts[k], name); };
  if (name == "sqeuclidean") return std::make_shared<SquaredEuclidean>();
  if (name == "euclidean") return std::make_shared<Euclidean>();
  if (name == "cosine") return std::make_shared<Cosine>();
  if (name == "arccos") return std::make_shared<Arccos>();
  if (kind == "arccos" && parts.size() == 2) return std::make_shared<Arccos>(parameter(1));
  if (kind == "pnorm" && parts.size() == 2) return std::make_shared<PNorm>(parameter(1));
  if (kind == "pnorm" && parts.size() == 3) return std::make_shared<PNorm>(parameter(1), parameter(2));
  Error error(ErrorKind::kUsage, "no cost has this name");
  error.found("'" + name + "'").expected("one of " + quoted_list(cost_names()));
  const auto near = nearest_name(kind, {"sqeuclidean", "euclidean", "cosine", "arccos", "pnorm"});
  if (!near.empty() && near != kind) error.hint("did you mean '" + near + "'?");
  throw error;
}

}  // namespace brenier::ot

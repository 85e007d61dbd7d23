#include "ot/initialise/from_potentials.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.h"
#include "core/number_text.h"
#include "core/shape.h"
#include "ot/geometry/doubles.h"

namespace brenier::ot {
namespace from_potentials_detail {

std::vector<double> checked_values(const at::Tensor& given, const std::string& name, const ProblemSide& side) {
  if (!given.defined()) return {};
  check_shape(given, name, "[" + std::to_string(side.weights.size()) + "]");
  check_floating(given, name);
  auto values = to_vector(given);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i]) || (values[i] < 0 && side.weights[i] == 0)) continue;
    throw Error(ErrorKind::kData, "a given potential is not finite")
        .at(name)
        .found(number_text(values[i]) + " at index " + std::to_string(i))
        .expected("finite numbers, or -inf where the weight is 0")
        .hint("put 0 where nothing is known");
  }
  return values;
}

}  // namespace from_potentials_detail

FromPotentials::FromPotentials(const at::Tensor& f, const at::Tensor& g) {
  if (!f.defined() && !g.defined()) {
    throw Error(ErrorKind::kUsage, "no potentials were given").expected("f, g or both").hint("Zeros starts from none");
  }
  if (f.defined()) f_ = f.detach().clone();
  if (g.defined()) g_ = g.detach().clone();
}

SinkhornStart FromPotentials::start(const LinearProblem& problem) const {
  const auto checked = check_problem(problem);
  return {from_potentials_detail::checked_values(f_, "potentials f", checked.a),
          from_potentials_detail::checked_values(g_, "potentials g", checked.b)};
}

}  // namespace brenier::ot

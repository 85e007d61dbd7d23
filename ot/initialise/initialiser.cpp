#include "ot/initialise/initialiser.h"

#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "core/nearest_name.h"
#include "ot/initialise/gaussian.h"
#include "ot/initialise/sorted.h"
#include "ot/initialise/subsample.h"
#include "ot/initialise/zeros.h"

namespace brenier::ot {

const std::vector<std::string>& initialiser_names() {
  static const std::vector<std::string> names{"zeros", "sorted", "gaussian", "subsample", "subsample:POINTS"};
  return names;
}

std::shared_ptr<const Initialiser> initialiser_by_name(const std::string& name) {
  if (name == "zeros") return std::make_shared<Zeros>();
  if (name == "sorted") return std::make_shared<Sorted>();
  if (name == "gaussian") return std::make_shared<Gaussian>();
  if (name == "subsample") return std::make_shared<Subsample>();
  const std::string prefix = "subsample:";
  if (name.starts_with(prefix)) {
    Index points = 0;
    const char* end = name.data() + name.size();
    const auto result = std::from_chars(name.data() + prefix.size(), end, points);
    if (result.ec != std::errc() || result.ptr != end) {
      throw Error(ErrorKind::kUsage, "the number of points of an initialiser is no number")
          .found("'" + name + "'")
          .expected("subsample:100");
    }
    return std::make_shared<Subsample>(points);
  }
  Error error(ErrorKind::kUsage, "no initialiser has this name");
  error.found("'" + name + "'").expected("one of " + quoted_list(initialiser_names()));
  const auto near = nearest_name(name.substr(0, name.find(':')), {"zeros", "sorted", "gaussian", "subsample"});
  if (!near.empty()) error.hint("did you mean '" + near + "'?");
  throw error;
}

void refuse_geometry(const Initialiser& initialiser, const LinearProblem& problem, const std::string& found,
                     const std::string& expected) {
  throw Error(ErrorKind::kUsage,
              "the initialiser '" + initialiser.name() + "' cannot serve a " + problem.geometry->name())
      .at("initialiser")
      .found(found)
      .expected(expected)
      .hint("the initialiser 'zeros' serves every geometry");
}

const PointCloud& require_points(const Initialiser& initialiser, const LinearProblem& problem) {
  if (!problem.geometry) {
    throw Error(ErrorKind::kUsage, "a transport problem has no geometry").expected("a PointCloud, DenseCost or Grid");
  }
  const auto* cloud = dynamic_cast<const PointCloud*>(problem.geometry.get());
  if (cloud == nullptr) refuse_geometry(initialiser, problem, problem.geometry->name(), "a point cloud");
  return *cloud;
}

}  // namespace brenier::ot

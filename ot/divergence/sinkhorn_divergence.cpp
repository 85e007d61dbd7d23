#include "ot/divergence/sinkhorn_divergence.h"

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <utility>

#include "core/error.h"
#include "ot/batch/sinkhorn_batch.h"
#include "ot/divergence/symmetric.h"
#include "ot/geometry/point_cloud.h"
#include "ot/sinkhorn/outputs.h"

namespace brenier::ot {
namespace sinkhorn_divergence_detail {

void check(const LinearProblem& problem) {
  if (dynamic_cast<const PointCloud*>(problem.geometry.get()) == nullptr) {
    throw Error(ErrorKind::kUsage, "the Sinkhorn divergence needs points, to compare each measure with itself")
        .found(problem.geometry ? "a " + problem.geometry->name() : "no geometry")
        .expected("a point cloud");
  }
  if (problem.reference != Reference::kProduct) {
    throw Error(ErrorKind::kUsage, "the Sinkhorn divergence is defined for the product reference")
        .found("the counting reference")
        .expected("Reference::kProduct");
  }
}

// The terms of all problems, solved together.
class Terms {
 public:
  explicit Terms(const SinkhornSettings& settings) : settings_(settings) {}

  void add_cross(const LinearProblem& problem, const std::string& name) {
    add(problem, with_context(name, [&] { return check_problem(problem); }), name, false);
  }

  // The term of one measure with itself, at the epsilon of the cross term added last: its scale is taken once.
  void add_self(const LinearProblem& problem, const CheckedProblem& checked, bool first, const std::string& name) {
    const auto& cloud = static_cast<const PointCloud&>(*problem.geometry);
    LinearProblem own = problem;
    const auto points = first ? cloud.row_leaf() : cloud.column_leaf();
    own.geometry = std::make_shared<PointCloud>(points, points, cloud.cost());
    own.a = own.b = first ? problem.a : problem.b;
    own.penalty_a = own.penalty_b = first ? problem.penalty_a : problem.penalty_b;
    auto same = checked;
    same.a = same.b = first ? checked.a : checked.b;
    add(own, same, name, true);
  }

  [[nodiscard]] const CheckedProblem& last() const { return records_.back()->checked; }

  [[nodiscard]] std::vector<SinkhornOutput> solve() {
    solve_records(records_, names_, [&](std::size_t k, const SinkhornRecord& record, const SinkhornSettings& settings) {
      return symmetric_[k] ? solve_symmetric(record.passes(), record.checked, settings)
                           : solve_sinkhorn(record.passes(), record.checked, {}, settings);
    });
    return sinkhorn_outputs({records_.begin(), records_.end()});
  }

 private:
  void add(const LinearProblem& problem, const CheckedProblem& checked, const std::string& name, bool symmetric) {
    auto record = std::make_shared<SinkhornRecord>();
    record->problem = problem;
    record->checked = checked;
    record->settings = settings_;
    records_.push_back(std::move(record));
    names_.push_back(name);
    symmetric_.push_back(symmetric);
  }

  SinkhornSettings settings_;
  std::vector<std::shared_ptr<SinkhornRecord>> records_;
  std::vector<std::string> names_;
  std::vector<bool> symmetric_;
};

// eps / 2 (mass_a - mass_b)^2
at::Tensor mass_term(const LinearProblem& problem, const CheckedProblem& checked, const at::Tensor& value) {
  const auto mass = [](const at::Tensor& weights, double known) {
    return weights.defined() ? weights.sum() : at::scalar_tensor(known, at::TensorOptions().dtype(at::kDouble));
  };
  const auto difference = mass(problem.a, checked.a.mass) - mass(problem.b, checked.b.mass);
  const auto epsilon = problem.epsilon.defined() ? problem.epsilon.reshape({}) * checked.scale
                                                 : at::scalar_tensor(checked.epsilon, value.options());
  return (epsilon * difference.square() / 2).to(value.scalar_type());
}

// `prefix`: which problem, for errors.
void add_terms(Terms& terms, const LinearProblem& problem, const DivergenceSettings& settings,
               const std::string& prefix) {
  check(problem);
  terms.add_cross(problem, prefix + "x against y");
  const auto checked = terms.last();
  terms.add_self(problem, checked, true, prefix + "x against itself");
  if (!settings.value_bb) terms.add_self(problem, checked, false, prefix + "y against itself");
}

// Takes the terms of one problem, in the order of add_terms.
DivergenceOutput put_together(const SinkhornOutput* terms, const LinearProblem& problem,
                              const DivergenceSettings& settings) {
  DivergenceOutput out;
  out.xy = terms[0];
  out.xx = terms[1];
  out.value = out.xy.value - out.xx.value / 2;
  if (settings.value_bb) {
    out.value_bb = *settings.value_bb;
    out.value = out.value - out.value_bb / 2;
  } else {
    out.yy = terms[2];
    out.value_bb = out.yy->dual;
    out.value = out.value - (settings.static_b ? out.yy->value.detach() : out.yy->value) / 2;
  }
  const auto& checked = out.xy.record->checked;
  if (!checked.balanced()) out.value = out.value + mass_term(problem, checked, out.value);
  return out;
}

}  // namespace sinkhorn_divergence_detail

SinkhornStatus DivergenceOutput::status() const {
  auto worst = xy.status;
  for (const auto status : {xx.status, yy ? yy->status : SinkhornStatus::kConverged})
    if (status != SinkhornStatus::kConverged) worst = status;
  return worst;
}

DivergenceOutput sinkhorn_divergence(const LinearProblem& problem, const DivergenceSettings& settings) {
  sinkhorn_divergence_detail::Terms terms(settings.sinkhorn);
  sinkhorn_divergence_detail::add_terms(terms, problem, settings, "");
  return sinkhorn_divergence_detail::put_together(terms.solve().data(), problem, settings);
}

std::vector<DivergenceOutput> sinkhorn_divergence_batch(const std::vector<LinearProblem>& problems,
                                                        const DivergenceSettings& settings) {
  if (settings.value_bb) {
    throw Error(ErrorKind::kUsage, "a batch takes no value_bb: each problem has its own")
        .hint("static_b keeps the self terms of y out of the gradient");
  }
  sinkhorn_divergence_detail::Terms terms(settings.sinkhorn);
  for (std::size_t k = 0; k < problems.size(); ++k) {
    const auto name = "problem " + std::to_string(k + 1) + " of " + std::to_string(problems.size());
    with_context(name, [&] { sinkhorn_divergence_detail::add_terms(terms, problems[k], settings, name + ", "); });
  }
  const auto solved = terms.solve();
  std::vector<DivergenceOutput> out;
  for (std::size_t k = 0; k < problems.size(); ++k)
    out.push_back(sinkhorn_divergence_detail::put_together(&solved[3 * k], problems[k], settings));
  return out;
}

}  // namespace brenier::ot

// The truth of a simulated experiment: everything but the cells. Equations in perturbation.h.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"
#include "data/simulate/settings.h"

namespace brenier::data {

class PerturbationEffects final {
 public:
  // Throws kUsage when more pairs are asked for than there are.
  explicit PerturbationEffects(const SimulatePerturbationSettings& settings);

  // One group of cells with the same context.
  struct Group {
    std::int64_t cell_type = 0;
    std::vector<std::int64_t> perturbations;  // 0, 1 or 2 of them
    double dose = 1.0;
  };
  // Controls of every type first, then singles, then pairs.
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] Context context(const Group& group) const;
  // delta_g of the group. [G]
  [[nodiscard]] std::vector<double> log_shift(const Group& group) const;
  // log of the mean count of a control cell of the type with library size 1 and latent z. [G]
  [[nodiscard]] std::vector<double> log_base(const std::vector<double>& z) const;
  [[nodiscard]] std::vector<double> type_latent(std::int64_t cell_type) const;  // [Q]
  // Sum of squared program weights of each gene: what cell noise adds to the log mean is half of cell_noise^2 times it.
  // [G]
  [[nodiscard]] std::vector<double> program_power() const;
  [[nodiscard]] std::string cell_type_name(std::int64_t cell_type) const;
  [[nodiscard]] std::string perturbation_name(std::int64_t perturbation) const;

 private:
  [[nodiscard]] double hill(std::int64_t perturbation, double dose) const;
  void make_groups();

  SimulatePerturbationSettings settings_;
  std::vector<double> baseline_;   // [G] b
  std::vector<double> weights_;    // [G, Q] W
  std::vector<double> common_;     // [P, G] A
  std::vector<double> modulated_;  // [P, G, Q] B
  std::vector<double> half_dose_;  // [P] E
  std::vector<Group> groups_;
};

}  // namespace brenier::data

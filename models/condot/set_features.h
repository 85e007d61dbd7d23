// The set of actions of a context as numbers: one row an action, and their pool.
//
//   item_a = [F_a, x_a],   place = pool over the actions of the context,   pool = sum, mean or max of each column
//
// F [A, m] by kind of context:
//   one_hot          dose times the unit vector of the action (no x)
//   dose             the unit vector of the action
//   mode_of_action   its place by what it does to cells (mode_of_action.h), set before the transport stage
//   table            its row of Task::descriptors["perturbation"]: columns that are constant over the training actions
//                    are dropped, the others have mean 0 and variance 1 over them
//   kernel           nothing (m = 0)
// x_a is the dose, 0 at the lowest and 1 at the highest of training, on a log10 or linear scale (doses <= 0 count as
// the lowest); it is left out when training has one dose only. Covariates: traits [p], the scaled rows of
// Task::descriptors[column] beside each other, 0 (the mean) for a value without a row; a column of Task::numeric is one
// trait, its number with mean 0 and variance 1 over the training values (core/numeric_covariate.h).
//
// An action that is not known (Vocabulary::unknown_actions) counts as the mean row of the training actions at x = 1/2.
// Errors: kData naming every training action or covariate value without a row, or a table without a column that varies.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/model.h"

namespace brenier::models {

struct SetFeatureSettings {
  std::string kind = "kernel";
  std::string pool = "sum";        // sum, mean, max
  std::string dose_scale = "log";  // log, linear
  std::int64_t width = 10;         // m of mode_of_action
  bool unknown_actions = false;
};

class SetFeatures final {
 public:
  SetFeatures(const SetFeatureSettings& settings, const Task& task);

  // The task's names and those of the tables.
  [[nodiscard]] const Vocabulary& vocabulary() const { return vocabulary_; }
  [[nodiscard]] std::int64_t training_actions() const { return training_actions_; }
  [[nodiscard]] std::int64_t width() const;   // of items and place
  [[nodiscard]] std::int64_t traits() const;  // p
  // Which traits are numeric covariates.
  [[nodiscard]] const std::vector<std::int64_t>& numeric_traits() const { return numeric_traits_; }
  // Columns of encoded covariates that no table describes and that are no numbers.
  [[nodiscard]] const at::Tensor& plain_covariates() const { return plain_; }

  // F of kind mode_of_action. [A, width]
  void set_rows(const at::Tensor& rows);
  [[nodiscard]] const at::Tensor& rows() const { return rows_; }

  // `actions` and `covariates` as encoded with vocabulary().
  [[nodiscard]] at::Tensor items(const at::Tensor& actions) const;         // [n, width]
  [[nodiscard]] at::Tensor place(const at::Tensor& items) const;           // [width], zeros without items
  [[nodiscard]] at::Tensor coordinates(const at::Tensor& doses) const;     // x of each dose
  [[nodiscard]] at::Tensor trait_row(const at::Tensor& covariates) const;  // [p]

  [[nodiscard]] State state() const;  // shares storage
  // TorchScript set_items(self, actions), set_place(self, items), set_coordinates(self, doses), trait_row(self,
  // covariates) and other_covariates(self, covariates): the plain columns.
  [[nodiscard]] Script script() const;

 private:
  void read_action_table(const Task& task);
  void read_covariate_tables(const Task& task);

  SetFeatureSettings settings_;
  Vocabulary vocabulary_;
  std::int64_t training_actions_;
  bool doses_vary_ = false;
  double lowest_ = 0.0;  // on the scale
  double span_ = 1.0;
  at::Tensor rows_;    // F [A, m]
  at::Tensor traits_;  // [columns of encoded covariates, p]
  std::vector<std::int64_t> numeric_traits_;
  at::Tensor plain_;  // int64
};

}  // namespace brenier::models

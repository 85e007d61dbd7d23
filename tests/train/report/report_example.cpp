#include "tests/train/report/report_example.h"

#include <ATen/ATen.h>

#include <limits>

namespace brenier::train {

at::Tensor report_cells(RandomStream& random, std::int64_t n, std::int64_t genes, double shift) {
  std::vector<float> values(static_cast<std::size_t>(n * genes));
  for (float& value : values) value = static_cast<float>(shift + random.normal());
  return at::tensor(values).reshape({n, genes});
}

ReportInput report_example(double model, double baseline) {
  ReportInput input;
  input.title = "Kang, <B> cells held out";
  input.subtitle = "ConDOT & friends";
  RandomStream random(1, "test");
  for (int g = 0; g < 40; ++g) input.genes.push_back("GENE<" + std::to_string(g) + ">");
  for (const char* type : {"B", "NK & \"T\""}) {
    const Context context = make_context({{"IFNB", 1.0}}, {{"cell_type", type}});
    ContextEvaluation scored{context, true, 20, 30, {}};
    scored.scores = {{"model", {{"r2_mean", model}, {"mmd", 0.012}}},
                     {"identity", {{"r2_mean", -7.0}, {"mmd", std::numeric_limits<double>::quiet_NaN()}}},
                     {"mean_shift", {{"r2_mean", baseline}, {"mmd", 0.03}}},
                     {"ceiling", {{"r2_mean", 0.97}, {"mmd", 0.001}}}};
    input.evaluation.contexts.push_back(scored);
    input.contexts.push_back({context, true, report_cells(random, 20, 40, 0.0), report_cells(random, 20, 40, 0.8),
                              report_cells(random, 30, 40, 1.0)});
  }
  summarise(input.evaluation, 200, 1);
  input.config = {{"name", "<kang>"}, {"seed", 7}};
  input.versions = {{"brenier", "0.1.0"}, {"torch", "2.13"}};
  return input;
}

models::Mechanisms mechanism_example() {
  models::Mechanisms mechanisms;
  for (int a = 0; a < 24; ++a)
    mechanisms.actions.push_back("KLF1_" + std::to_string(a) + (a == 5 ? "_and_more_<x>" : ""));
  RandomStream random(2, "mechanisms");
  mechanisms.shifts = report_cells(random, 24, 8, 0.0) * 0.3;
  mechanisms.masks = at::zeros({24, 8});
  for (std::int64_t a = 0; a < 24; ++a) {
    for (const std::int64_t l : {a % 4, 4 + (a + 1) % 4}) {
      mechanisms.masks[a][l] = a < 20 ? 1.0 : 0.8;
      mechanisms.shifts[a][l] += a % 4 < 2 ? 3.0 : -2.0;
    }
  }
  mechanisms.gene_effects = report_cells(random, 8, 40, 0.0) * 0.4;
  return mechanisms;
}

}  // namespace brenier::train

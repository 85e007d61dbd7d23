// A trained model inside a C++ program: which genes does a perturbation change most in these cells?
//
//   cpp_app MODEL.pt CELLS.csv PERTURBATION [COVARIATE=VALUE]...
//
// CELLS.csv: a line with the names of the genes, then a line a cell, with values as in the file that the model was
// trained on. Fields are separated by commas. For .h5ad files there is `brenier predict`: the runtime does not read
// them.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <brenier/core/error.h>
#include <brenier/runtime/predictor.h>

#include <cstdio>
#include <fstream>
#include <sstream>

int main(int argc, char** argv) try {
  if (argc < 4) throw brenier::Error(brenier::ErrorKind::kUsage, "cpp_app MODEL.pt CELLS.csv PERTURBATION [C=V]...");
  const auto predictor = brenier::runtime::Predictor::load(argv[1]);

  std::ifstream file(argv[2]);
  std::string line;
  std::string field;
  std::vector<std::string> genes;
  std::getline(file, line);
  for (std::istringstream fields(line); std::getline(fields, field, ',');) genes.push_back(field);
  std::vector<float> values;
  while (std::getline(file, line)) {
    for (std::istringstream fields(line); std::getline(fields, field, ',');) values.push_back(std::stof(field));
  }
  const at::Tensor cells = at::tensor(values).reshape({-1, std::max<std::int64_t>(1, std::ssize(genes))});

  std::map<std::string, std::string> covariates;
  for (int i = 4; i < argc; ++i) {
    const std::string text = argv[i];
    covariates[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  const auto context = brenier::make_context({{argv[3]}}, covariates);
  for (const auto& doubt : predictor.unknown_covariates(context)) std::fprintf(stderr, "unknown: %s\n", doubt.c_str());

  // The change by the perturbation: both sides in the model's genes and preprocessing.
  const brenier::runtime::PredictOptions options{.raw_counts = true};
  const at::Tensor treated = predictor.predict(cells, genes, context, options);
  const at::Tensor change = treated.mean(0) - predictor.prepare(cells, genes, options).mean(0);
  const at::Tensor order = change.abs().argsort(/*dim=*/0, /*descending=*/true);
  for (std::int64_t i = 0; i < std::min<std::int64_t>(10, change.numel()); ++i) {
    const auto gene = order[i].item<std::int64_t>();
    std::printf("%-12s %+.3f\n", predictor.info().genes.at(gene).c_str(), change[gene].item<double>());
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 3;
}

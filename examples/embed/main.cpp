// A trained model inside a C++ program:   embed MODEL.pt
//
// Prints what the model knows, then the mean change that its first perturbation makes to a few made-up cells.
#include <ATen/ATen.h>
#include <brenier/core/error.h>
#include <brenier/runtime/predictor.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: embed MODEL.pt\n";
    return 2;
  }
  try {
    const auto predictor = brenier::runtime::Predictor::load(argv[1]);
    const brenier::runtime::ModelInfo& info = predictor.info();
    std::cout << info.kind << ": " << info.genes.size() << " genes, " << info.contexts.size() << " contexts\n";

    for (const brenier::Context& context : info.contexts) {
      if (context.is_control()) continue;
      // Your own cells go here: one row a cell, one column a gene, with the names of the columns.
      const at::Tensor cells = at::rand({32, static_cast<std::int64_t>(info.genes.size())});
      const at::Tensor treated = predictor.predict(cells, info.genes, context);
      std::cout << to_string(context) << ": mean change " << (treated - cells).mean().item<double>() << "\n";
      break;
    }
    return 0;
  } catch (const brenier::Error& error) {
    std::cerr << error.what() << "\n";
    return error.exit_code();
  }
}

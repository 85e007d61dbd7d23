#include "tests/runtime/model_archive.h"

#include <torch/csrc/jit/api/module.h>

#include <fstream>
#include <sstream>

namespace brenier::tests {

runtime::ModelInfo sample_info() {
  runtime::ModelInfo info;
  info.brenier_version = "0.1.0";
  info.torch_version = "2.13.0";
  info.kind = "sample";
  info.genes = {"a", "b", "c"};
  info.preprocess = {
      {"normalize_total", true}, {"target_sum", 100.0}, {"log1p", true}, {"total_genes", {"a", "b", "c", "d"}}};
  info.actions = {"drug", "ko"};
  info.covariates = {{"cell_type", {"x", "y"}}};
  info.contexts = {make_context({{"drug", 1.0}}, {{"cell_type", "x"}})};
  return info;
}

void write_archive(const std::filesystem::path& path, const std::string& description, const std::string& source) {
  torch::jit::Module module("sample");
  module.define(source);
  torch::jit::ExtraFilesMap extra;
  if (!description.empty()) extra[runtime::kModelFileMember] = description;
  std::ostringstream stream;
  module.save(stream, extra);
  std::ofstream(path, std::ios::binary) << stream.str();
}

void write_archive(const std::filesystem::path& path, const std::string& description) {
  write_archive(path, description, R"(
def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    return torch.cat([actions.sum().unsqueeze(0), covariates])

def forward(self, cells: Tensor, context: Tensor) -> Tensor:
    return cells + context
)");
}

void write_sample_model(const std::filesystem::path& path) {
  write_archive(path, runtime::to_json(sample_info()).dump());
}

}  // namespace brenier::tests

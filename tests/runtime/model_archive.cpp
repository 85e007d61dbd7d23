#include "tests/runtime/model_archive.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "runtime/crc32.h"
#include "runtime/zip_directory.h"

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

runtime::ModelInfo network_info() {
  auto info = sample_info();
  info.kind = "network";
  info.genes.clear();
  for (int g = 0; g < 20; ++g) {
    info.genes.push_back("g" + std::to_string(g));
    info.gene_means.push_back(static_cast<float>(g + 1));
  }
  info.preprocess = {{"normalize_total", false}, {"log1p", false}};
  return info;
}

void write_network_model(const std::filesystem::path& path) {
  torch::jit::Module module("network");
  const auto weights = [](std::int64_t rows, std::int64_t columns, double phase) {
    return (at::arange(rows * columns, at::kFloat) * 0.7 + phase).sin().reshape({rows, columns}).contiguous();
  };
  module.register_buffer("first", weights(20, 32, 0.1));
  module.register_buffer("second", weights(32, 20, 0.4));
  module.register_buffer("shift", weights(4, 32, 0.9));
  module.define(R"(
def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    return torch.tanh(torch.cat([actions, covariates]) @ self.shift) + control.mean()

def forward(self, cells: Tensor, context: Tensor) -> Tensor:
    hidden = torch.relu(cells @ self.first + context)
    moved = cells + hidden @ self.second
    for i in range(3):
        moved = moved + 0.1 * torch.sin(moved)
    return moved
)");
  std::ostringstream stream;
  module.save(stream, {{runtime::kModelFileMember, runtime::to_json(network_info()).dump()}});
  std::ofstream(path, std::ios::binary) << stream.str();
}

std::string with_member(std::string archive, const std::string& name, const std::string& content) {
  for (const auto& member : runtime::zip_members(archive)) {
    if (member.name != name || member.stored.size() != content.size()) continue;
    const auto begin = static_cast<std::size_t>(member.stored.data() - archive.data());
    const auto number = [](std::uint32_t crc) {
      std::string bytes;
      for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>((crc >> (8 * i)) & 0xFFU));
      return bytes;
    };
    const auto before = number(member.crc);
    const auto after = number(runtime::crc32(content));
    archive.replace(begin, content.size(), content);
    for (auto at = archive.find(before); at != std::string::npos; at = archive.find(before, at + 4))
      archive.replace(at, 4, after);
    return archive;
  }
  throw std::runtime_error("no such member of that size: " + name);
}

}  // namespace brenier::tests

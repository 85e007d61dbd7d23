#include "train/checkpoint.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "core/io/safetensors.h"

namespace brenier::train {

namespace checkpoint_detail {

namespace fs = std::filesystem;

constexpr std::int64_t kFormatVersion = 1;
constexpr const char* kStateFile = "state.safetensors";
constexpr const char* kLoopFile = "loop.json";
constexpr std::array<std::pair<const char*, at::ScalarType>, 6> kTypes{{{"F32", at::kFloat},
                                                                        {"F64", at::kDouble},
                                                                        {"I64", at::kLong},
                                                                        {"I32", at::kInt},
                                                                        {"U8", at::kByte},
                                                                        {"BOOL", at::kBool}}};

std::string hash_text(const std::string& bytes) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::array<char, 16> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), hash, 16).ptr;
  return {text.data(), end};
}

void require_finite(const models::State& state) {
  for (const auto& [name, tensor] : state) {
    if (!tensor.is_floating_point() || at::isfinite(tensor).all().item<bool>()) continue;
    throw Error(ErrorKind::kNumerical, "the model holds values that are not finite, so no checkpoint is written")
        .at("tensor '" + name + "'")
        .hint("the last good checkpoint is kept; a smaller learning rate or other regularisation may help");
  }
}

// Adds the tensors as "<prefix><name>"; `kept` owns what the arrays point into.
void append(const models::State& state, const std::string& prefix, Safetensors& file, std::vector<at::Tensor>& kept) {
  for (const auto& [name, tensor] : state) {
    const auto plain = tensor.detach().cpu().contiguous();
    const auto* type = std::find_if(kTypes.begin(), kTypes.end(),
                                    [&plain](const auto& known) { return known.second == plain.scalar_type(); });
    if (type == kTypes.end()) {
      throw Error(ErrorKind::kDefect, "a tensor of the model's state has a type that checkpoints do not store")
          .at("tensor '" + name + "'")
          .found(std::string(plain.dtype().name()));
    }
    kept.push_back(plain);
    file.arrays.push_back({prefix + name, type->first, plain.sizes().vec(),
                           std::string_view(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes())});
  }
}

models::State extract(const Safetensors& file, const std::string& prefix) {
  models::State state;
  for (const auto& array : file.arrays) {
    if (!array.name.starts_with(prefix)) continue;
    const auto* type =
        std::find_if(kTypes.begin(), kTypes.end(), [&array](const auto& known) { return known.first == array.dtype; });
    if (type == kTypes.end()) {
      throw Error(ErrorKind::kData, "a tensor has an unexpected type")
          .at("tensor '" + array.name + "'")
          .found(array.dtype);
    }
    auto tensor = at::empty(array.shape, at::TensorOptions(type->second));
    if (!array.bytes.empty()) std::memcpy(tensor.mutable_data_ptr(), array.bytes.data(), array.bytes.size());
    state.emplace_back(array.name.substr(prefix.size()), std::move(tensor));
  }
  return state;
}

// The step-N folders, newest first.
std::vector<std::pair<std::int64_t, fs::path>> step_folders(const fs::path& folder) {
  std::vector<std::pair<std::int64_t, fs::path>> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with("step-")) continue;
    std::int64_t step = 0;
    const char* last = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + 5, last, step);
    if (parsed.ec == std::errc() && parsed.ptr == last) found.emplace_back(step, it->path());
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

}  // namespace checkpoint_detail

void save_checkpoint(const std::filesystem::path& folder, const Checkpoint& checkpoint, std::int64_t keep) {
  namespace detail = checkpoint_detail;
  detail::require_finite(checkpoint.model);
  Safetensors file;
  std::vector<at::Tensor> kept;
  detail::append(checkpoint.model, "model/", file, kept);
  detail::append(checkpoint.best, "best/", file, kept);
  const std::string bytes = safetensors_to_bytes(file);
  nlohmann::ordered_json loop{{"format_version", detail::kFormatVersion},
                              {"state_bytes", bytes.size()},
                              {"state_hash", detail::hash_text(bytes)},
                              {"loop", to_json(checkpoint.loop)}};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error(ErrorKind::kData, "cannot make the folder of checkpoints").at(folder.string()).found(error.message());
  }
  const auto path = folder / ("step-" + std::to_string(checkpoint.loop.total));
  with_context("checkpoint after step " + std::to_string(checkpoint.loop.total), [&] {
    write_folder_atomically(path, [&](const std::filesystem::path& partial) {
      write_atomically(partial / detail::kStateFile, bytes);
      write_atomically(partial / detail::kLoopFile, loop.dump(2) + "\n");
    });
  });
  const auto all = detail::step_folders(folder);
  for (std::size_t i = static_cast<std::size_t>(std::max<std::int64_t>(1, keep)); i < all.size(); ++i) {
    std::filesystem::remove_all(all[i].second, error);  // one that stays only takes space
  }
}

Checkpoint load_checkpoint(const std::filesystem::path& step_folder) {
  namespace detail = checkpoint_detail;
  return with_context(step_folder.string(), [&] {
    const auto json = parse_json(read_file(step_folder / detail::kLoopFile), detail::kLoopFile, ErrorKind::kData);
    std::string bytes = read_file(step_folder / detail::kStateFile);
    Checkpoint checkpoint;
    try {
      const auto version = json.at("format_version").get<std::int64_t>();
      if (version != detail::kFormatVersion) {
        throw Error(ErrorKind::kData, "the checkpoint has another format")
            .found(std::to_string(version))
            .expected(std::to_string(detail::kFormatVersion));
      }
      if (json.at("state_bytes").get<std::size_t>() != bytes.size() ||
          json.at("state_hash").get<std::string>() != detail::hash_text(bytes)) {
        throw Error(ErrorKind::kData, "the checkpoint is damaged")
            .at(detail::kStateFile)
            .found(std::to_string(bytes.size()) + " bytes that are not those that were written");
      }
      checkpoint.loop = loop_state_from_json(json.at("loop"));
    } catch (const nlohmann::json::exception& error) {
      throw Error(ErrorKind::kData, "the checkpoint is damaged").at(detail::kLoopFile).found(error.what());
    }
    const auto file = safetensors_from_bytes(std::move(bytes), detail::kStateFile);
    checkpoint.model = detail::extract(file, "model/");
    checkpoint.best = detail::extract(file, "best/");
    return checkpoint;
  });
}

std::optional<Checkpoint> latest_good(const std::filesystem::path& folder, Reporter& reporter) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return std::nullopt;
  (void)remove_stale_partials(folder);
  for (const auto& [step, path] : checkpoint_detail::step_folders(folder)) {
    try {
      return load_checkpoint(path);
    } catch (const Error& damage) {
      reporter.warn("passing over a checkpoint that cannot be read: " + std::string(damage.what()));
    }
  }
  return std::nullopt;
}

models::State clone(const models::State& state) {
  models::State copy;
  copy.reserve(state.size());
  for (const auto& [name, tensor] : state) copy.emplace_back(name, tensor.detach().clone());
  return copy;
}

}  // namespace brenier::train

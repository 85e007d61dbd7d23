#include "runtime/predictor.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/lt.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <span>
#include <unordered_set>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "core/recover_counts.h"
#include "runtime/archive.h"
#include "runtime/context_doubts.h"
#include "runtime/context_encoding.h"

namespace brenier::runtime {

struct Predictor::Loaded {
  ModelInfo info;
  InputPreprocess preprocess;
  at::Tensor means;  // [G], undefined when the file has none
  torch::jit::Module module;
};

namespace predictor_detail {

std::string shape_text(const at::Tensor& tensor) {
  std::string text = "[";
  for (std::int64_t d = 0; d < tensor.dim(); ++d) text += (d > 0 ? ", " : "") + std::to_string(tensor.size(d));
  return text + "] " + std::string(tensor.dtype().name());
}

// A finite sum has finite parts; only when it is not is every value looked at.
bool all_finite(const at::Tensor& values) {
  return std::isfinite(values.sum().item<float>()) || at::isfinite(values).all().item<bool>();
}

// "3 values, the first in row 5, gene 'X'"
std::string not_finite(const at::Tensor& values, const std::vector<std::string>& genes) {
  const auto wrong = at::isfinite(values).logical_not().nonzero();
  return std::to_string(wrong.size(0)) + " values, the first in row " +
         std::to_string(wrong[0][0].item<std::int64_t>()) + ", gene '" +
         genes[static_cast<std::size_t>(wrong[0][1].item<std::int64_t>())] + "'";
}

void check_cells(const at::Tensor& cells, const std::vector<std::string>& genes) {
  const auto columns = static_cast<std::int64_t>(genes.size());
  if (!cells.defined() || cells.dim() != 2 || cells.size(1) != columns || cells.scalar_type() != at::kFloat ||
      !cells.is_cpu()) {
    throw Error(ErrorKind::kData, "the cells have a wrong shape or type")
        .found(cells.defined() ? shape_text(cells) + (cells.is_cpu() ? "" : " on " + cells.device().str())
                               : "no tensor")
        .expected("[N, " + std::to_string(columns) + "] float on the CPU: one column a gene name");
  }
  if (cells.size(0) == 0)
    throw Error(ErrorKind::kData, "there are no cells to predict from").expected("at least one row");
  if (!all_finite(cells)) {
    throw Error(ErrorKind::kData, "the cells hold values that are not finite")
        .found(not_finite(cells, genes))
        .expected("no NaN, no infinity");
  }
}

void check_counts(const at::Tensor& cells) {
  if (at::lt(cells, 0.0).any().item<bool>()) {
    throw Error(ErrorKind::kData, "the cells hold negative values, so they are no counts").expected("raw counts");
  }
}

// Counts out of log(1 + normalised counts), cell by cell; whole numbers are counts already.
at::Tensor recovered(const at::Tensor& cells, const std::vector<std::string>& genes) {
  auto counts = cells.contiguous().clone();
  const auto width = static_cast<std::size_t>(counts.size(1));
  const std::span<float> all(counts.data_ptr<float>(), static_cast<std::size_t>(counts.numel()));
  if (are_whole(all)) return cells;
  for (std::size_t row = 0; row < all.size() / width; ++row) {
    if (const auto wrong = recover_counts(all.subspan(row * width, width))) {
      throw Error(ErrorKind::kData, "the counts of a cell cannot be recovered from its values")
          .found("row " + std::to_string(row) + ", gene '" + genes[*wrong] +
                 "': " + number_text(all[row * width + *wrong]))
          .expected("counts, or log(1 + normalised counts)");
    }
  }
  return counts;
}

// The preprocessing of the training data: x * (target / total), then log(1 + x). `totals` [N, 1] float64.
at::Tensor preprocess(const at::Tensor& cells, const at::Tensor& totals, const InputPreprocess& constants) {
  at::Tensor x = cells;
  if (constants.target_sum) {
    const auto divisor = at::where(totals > 0, totals / *constants.target_sum, 1.0);
    x = (cells.to(at::kDouble) / divisor).to(at::kFloat);
  }
  return constants.log1p ? x.log1p() : x;
}

// The columns in order; a missing one (-1) is zero.
at::Tensor take_columns(const at::Tensor& cells, const std::vector<std::int64_t>& columns) {
  const auto index = at::tensor(columns, at::kLong);
  const auto taken = at::index_select(cells, 1, index.clamp_min(0));
  return std::find(columns.begin(), columns.end(), -1) == columns.end()
             ? taken
             : taken.masked_fill_((index < 0).unsqueeze(0), 0.0);
}

// The message without the trace of the script around it.
std::string reason(const std::string& text) {
  const auto last = text.rfind("Error: ");
  const auto begin = last == std::string::npos ? 0 : last + 7;
  return text.substr(begin, text.find('\n', begin) - begin);
}

// One call of a method, always by the plain interpreter: the same result from the first call on, whatever other threads
// do. In inference mode, which spares every operation the way through autograd; the result is one that only other
// operations in that mode may write to.
at::Tensor call(const torch::jit::Module& module, const char* method, std::vector<c10::IValue> inputs) {
  const c10::InferenceMode inference;
  const torch::jit::GraphOptimizerEnabledGuard plain(false);
  try {
    return module.get_method(method)(std::move(inputs)).toTensor();
  } catch (const std::exception& error) {  // the interpreter wraps what the operations throw in a type of its own
    throw Error(ErrorKind::kDefect, "the exported model failed")
        .at(std::string("method ") + method)
        .found(reason(error.what()));
  }
}

// The same values as a tensor like any other.
at::Tensor plain(const at::Tensor& result) {
  if (!result.is_inference()) return result;
  return at::empty({0}, result.options())
      .set_(result.storage(), result.storage_offset(), result.sizes(), result.strides());
}

at::Tensor encode(const torch::jit::Module& module, const ModelInfo& info, const at::Tensor& control,
                  const Context& context) {
  return call(module, "encode_context",
              {control, at::tensor(encode_actions(info, context), at::kFloat),
               at::tensor(encode_covariates(info, context), at::kFloat)});
}

at::Tensor move(const torch::jit::Module& module, const at::Tensor& cells, const at::Tensor& context) {
  auto moved = call(module, "forward", {cells, context});
  if (moved.sizes() != cells.sizes() || moved.scalar_type() != at::kFloat) {
    throw Error(ErrorKind::kDefect, "the exported model changed the shape of the cells")
        .found(shape_text(moved))
        .expected(shape_text(cells));
  }
  return moved;
}

// The module with its two methods. Whatever LibTorch throws on the way is its word that it cannot read the file.
torch::jit::Module load_module(const Archive& archive, const ModelInfo& info) {
  torch::jit::Module module;
  try {
    module = torch::jit::load(archive.reader(), c10::Device(c10::kCPU));
    module.eval();
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kData, "LibTorch " TORCH_VERSION " cannot load the model")
        .found(reason(error.what()))
        .expected("a file for this LibTorch; this one was written with LibTorch " + info.torch_version);
  }
  for (const auto& [method, inputs] : {std::pair{"encode_context", 4U}, std::pair{"forward", 3U}}) {
    const auto found = module.find_method(method);
    if (!found || found->function().getSchema().arguments().size() != inputs) {
      throw Error(ErrorKind::kData, "the model file is damaged")
          .found(std::string(found ? "a method '" : "no method '") + method + (found ? "' of other inputs" : "'"));
    }
  }
  return module;
}

}  // namespace predictor_detail

Predictor Predictor::load(const std::filesystem::path& path) {
  const auto archive = Archive::open(path);
  return with_context(path.string(), [&archive] {
    auto loaded = std::make_unique<Loaded>();
    loaded->info = model_info_from_text(archive.description());
    loaded->preprocess = input_preprocess(loaded->info);
    if (!loaded->info.gene_means.empty()) loaded->means = at::tensor(loaded->info.gene_means, at::kFloat);
    loaded->module = predictor_detail::load_module(archive, loaded->info);
    return Predictor(std::move(loaded));
  });
}

Predictor::Predictor(std::unique_ptr<Loaded> loaded) : loaded_(std::move(loaded)) {}
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;
Predictor::~Predictor() = default;

const ModelInfo& Predictor::info() const { return loaded_->info; }

at::Tensor Predictor::prepare(const at::Tensor& given, const std::vector<std::string>& genes,
                              const PredictOptions& options) const {
  namespace detail = predictor_detail;
  detail::check_cells(given, genes);
  auto cells = given;
  if (options.raw_counts) {
    detail::check_counts(cells);
    if (loaded_->preprocess.recover_counts) cells = detail::recovered(cells, genes);
  }
  const bool in_order = genes == info().genes;
  const auto aligned = in_order ? GeneColumns{} : align_genes(info().genes, genes, options.missing_genes);
  const bool by_means = !aligned.missing.empty() && options.missing_genes.action == MissingGenes::kMean;
  if (by_means && !loaded_->means.defined()) {
    throw Error(ErrorKind::kData, "the model file holds no training means for missing genes")
        .found(std::to_string(aligned.missing.size()) + " missing: " + quoted_list(aligned.missing, 10))
        .hint("take them as 0, or export the model again");
  }
  auto control = in_order ? cells : detail::take_columns(cells, aligned.columns);
  if (options.raw_counts) {
    const auto& constants = loaded_->preprocess;
    at::Tensor totals;
    if (constants.target_sum) {
      const auto counted = with_context("genes over which the total of a cell is taken", [&] {
        return align_genes(constants.total_genes, genes, options.missing_genes);
      });
      totals = detail::take_columns(cells, counted.columns).sum(1, /*keepdim=*/true, at::kDouble);
    }
    control = detail::preprocess(control, totals, constants);
  }
  if (!by_means) return control;
  const auto absent = at::tensor(aligned.columns, at::kLong) < 0;
  return at::where(absent.unsqueeze(0), loaded_->means.unsqueeze(0), control);
}

at::Tensor Predictor::predict(const at::Tensor& cells, const std::vector<std::string>& genes, const Context& context,
                              const PredictOptions& options) const {
  const at::NoGradGuard no_grad;
  if (options.batch_rows < 1) {
    throw Error(ErrorKind::kUsage, "the batch of a prediction must have rows")
        .found(std::to_string(options.batch_rows))
        .expected(">= 1");
  }
  const auto control = prepare(cells, genes, options);
  const auto& module = loaded_->module;
  const auto encoded = predictor_detail::encode(module, info(), control, context);
  at::Tensor moved;
  if (control.size(0) <= options.batch_rows) {
    moved = predictor_detail::plain(predictor_detail::move(module, control, encoded));
    if (moved.is_alias_of(cells)) moved = moved.clone();  // a model that changes nothing
  } else {
    moved = at::empty(control.sizes(), control.options());
    for (std::int64_t first = 0; first < control.size(0); first += options.batch_rows) {
      const std::int64_t rows = std::min(options.batch_rows, control.size(0) - first);
      moved.narrow(0, first, rows).copy_(predictor_detail::move(module, control.narrow(0, first, rows), encoded));
    }
  }
  if (!predictor_detail::all_finite(moved)) {
    throw Error(ErrorKind::kNumerical, "the prediction is not finite")
        .at("context " + to_string(context))
        .found(predictor_detail::not_finite(moved, info().genes))
        .hint("cells or a dose far outside of the training data do this");
  }
  return moved;
}

at::Tensor Predictor::encode_context(const at::Tensor& control, const Context& context) const {
  return predictor_detail::plain(predictor_detail::encode(loaded_->module, info(), control, context));
}

at::Tensor Predictor::forward(const at::Tensor& cells, const at::Tensor& context) const {
  return predictor_detail::plain(predictor_detail::move(loaded_->module, cells, context));
}

std::vector<std::string> Predictor::doubts(const Context& context) const {
  auto doubts = context_doubts(info().contexts, context);
  for (auto& doubt : numeric_doubts(info().numeric, context)) doubts.push_back(std::move(doubt));
  return doubts;
}

std::vector<std::string> Predictor::missing_genes(const std::vector<std::string>& genes) const {
  const std::unordered_set<std::string> there(genes.begin(), genes.end());
  std::vector<std::string> missing;
  for (const auto& gene : info().genes) {
    if (!there.contains(gene)) missing.push_back(gene);
  }
  return missing;
}

std::vector<std::string> Predictor::unknown_covariates(const Context& context) const {
  std::vector<std::string> unknown;
  for (const auto& [column, value] : context.covariates) {
    if (info().numeric.contains(column)) continue;  // doubts() tells
    const auto known = info().covariates.find(column);
    if (known == info().covariates.end()) {
      unknown.push_back(column + " '" + value + "' (the model has no such column)");
    } else if (std::find(known->second.begin(), known->second.end(), value) == known->second.end()) {
      unknown.push_back(column + " '" + value + "' (known: " + quoted_list(known->second) + ")");
    }
  }
  return unknown;
}

}  // namespace brenier::runtime

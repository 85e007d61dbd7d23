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
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/error.h"
#include "runtime/context_doubts.h"
#include "runtime/context_encoding.h"

namespace brenier::runtime {

struct Predictor::Loaded {
  ModelInfo info;
  InputPreprocess preprocess;
  torch::jit::Module module;
};

namespace predictor_detail {

std::string shape_text(const at::Tensor& tensor) {
  std::string text = "[";
  for (std::int64_t d = 0; d < tensor.dim(); ++d) text += (d > 0 ? ", " : "") + std::to_string(tensor.size(d));
  return text + "] " + std::string(tensor.dtype().name());
}

void check_cells(const at::Tensor& cells, std::size_t genes) {
  const auto columns = static_cast<std::int64_t>(genes);
  if (!cells.defined() || cells.dim() != 2 || cells.size(1) != columns || cells.scalar_type() != at::kFloat) {
    throw Error(ErrorKind::kData, "the cells have a wrong shape or type")
        .found(cells.defined() ? shape_text(cells) : "no tensor")
        .expected("[N, " + std::to_string(columns) + "] float: one column a gene name");
  }
  if (cells.size(0) == 0)
    throw Error(ErrorKind::kData, "there are no cells to predict from").expected("at least one row");
  if (!at::isfinite(cells).all().item<bool>()) {
    throw Error(ErrorKind::kData, "the cells hold values that are not finite").expected("no NaN, no infinity");
  }
}

void check_counts(const at::Tensor& cells) {
  if (at::lt(cells, 0.0).any().item<bool>()) {
    throw Error(ErrorKind::kData, "the cells hold negative values, so they are no counts").expected("raw counts");
  }
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

// The model's columns; a missing one (-1) is zero.
at::Tensor take_columns(const at::Tensor& cells, const std::vector<std::int64_t>& columns) {
  const bool complete = std::find(columns.begin(), columns.end(), -1) == columns.end();
  if (complete) return at::index_select(cells, 1, at::tensor(columns, at::kLong));
  auto taken = at::zeros({cells.size(0), static_cast<std::int64_t>(columns.size())}, cells.options());
  for (std::size_t g = 0; g < columns.size(); ++g) {
    if (columns[g] >= 0) taken.select(1, static_cast<std::int64_t>(g)).copy_(cells.select(1, columns[g]));
  }
  return taken;
}

// The message without the trace of the script around it.
std::string reason(const std::string& text) {
  const auto last = text.rfind("Error: ");
  const auto begin = last == std::string::npos ? 0 : last + 7;
  return text.substr(begin, text.find('\n', begin) - begin);
}

// One call of a method, always by the plain interpreter: the same result from the first call on, whatever other threads
// do.
at::Tensor call(const torch::jit::Module& module, const char* method, std::vector<c10::IValue> inputs) {
  const at::NoGradGuard no_grad;
  const torch::jit::GraphOptimizerEnabledGuard plain(false);
  try {
    return module.get_method(method)(std::move(inputs)).toTensor();
  } catch (const std::exception& error) {  // the interpreter wraps what the operations throw in a type of its own
    throw Error(ErrorKind::kDefect, "the exported model failed")
        .at(std::string("method ") + method)
        .found(reason(error.what()));
  }
}

}  // namespace predictor_detail

Predictor Predictor::load(const std::filesystem::path& path) {
  auto loaded = std::make_unique<Loaded>();
  loaded->info = read_model_info(path);
  loaded->preprocess = input_preprocess(loaded->info);
  try {
    loaded->module = torch::jit::load(path.string(), c10::Device(c10::kCPU));
    loaded->module.eval();
  } catch (const c10::Error& error) {
    throw Error(ErrorKind::kData, "the model file is damaged").at(path.string()).found(error.what_without_backtrace());
  }
  for (const char* method : {"encode_context", "forward"}) {
    if (!loaded->module.find_method(method)) {
      throw Error(ErrorKind::kData, "the model file is damaged")
          .at(path.string())
          .found(std::string("no method ") + method);
    }
  }
  return Predictor(std::move(loaded));
}

Predictor::Predictor(std::unique_ptr<Loaded> loaded) : loaded_(std::move(loaded)) {}
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;
Predictor::~Predictor() = default;

const ModelInfo& Predictor::info() const { return loaded_->info; }

at::Tensor Predictor::predict(const at::Tensor& cells, const std::vector<std::string>& genes, const Context& context,
                              const PredictOptions& options) const {
  const at::NoGradGuard no_grad;
  predictor_detail::check_cells(cells, genes.size());
  if (options.batch_rows < 1) {
    throw Error(ErrorKind::kUsage, "the batch of a prediction must have rows")
        .found(std::to_string(options.batch_rows))
        .expected(">= 1");
  }
  auto control = predictor_detail::take_columns(cells, align_genes(info().genes, genes, options.missing_genes));
  if (options.raw_counts) {
    predictor_detail::check_counts(cells);
    const auto& constants = loaded_->preprocess;
    at::Tensor totals;
    if (constants.target_sum) {
      const auto counted = align_genes(constants.total_genes, genes, options.missing_genes);
      totals = predictor_detail::take_columns(cells, counted).sum(1, /*keepdim=*/true, at::kDouble);
    }
    control = predictor_detail::preprocess(control, totals, constants);
  }
  const auto encoded = encode_context(control, context);
  auto moved = at::empty(control.sizes(), control.options());
  for (std::int64_t first = 0; first < control.size(0); first += options.batch_rows) {
    const std::int64_t rows = std::min(options.batch_rows, control.size(0) - first);
    moved.narrow(0, first, rows).copy_(forward(control.narrow(0, first, rows), encoded));
  }
  return moved;
}

at::Tensor Predictor::encode_context(const at::Tensor& control, const Context& context) const {
  return predictor_detail::call(loaded_->module, "encode_context",
                                {control, at::tensor(encode_actions(info(), context), at::kFloat),
                                 at::tensor(encode_covariates(info(), context), at::kFloat)});
}

at::Tensor Predictor::forward(const at::Tensor& cells, const at::Tensor& context) const {
  auto moved = predictor_detail::call(loaded_->module, "forward", {cells, context});
  if (moved.sizes() != cells.sizes()) {
    throw Error(ErrorKind::kDefect, "the exported model changed the shape of the cells")
        .found(predictor_detail::shape_text(moved))
        .expected(predictor_detail::shape_text(cells));
  }
  return moved;
}

std::vector<std::string> Predictor::doubts(const Context& context) const {
  auto doubts = context_doubts(info().contexts, context);
  for (auto& doubt : numeric_doubts(info().numeric, context)) doubts.push_back(std::move(doubt));
  return doubts;
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

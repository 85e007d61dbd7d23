#include "train/evaluation/true_mechanisms.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "core/nearest_name.h"
#include "core/shape.h"
#include "data/h5ad/reader.h"

namespace brenier::train {
namespace true_mechanisms_detail {

[[noreturn]] void refuse(const std::string& place, const std::string& expected) {
  throw Error(ErrorKind::kData, "true mechanisms are not in the form that 'brenier simulate svae' writes")
      .at(place)
      .expected(expected);
}

at::Tensor numbers(const std::filesystem::path& file, const std::string& place, const std::string& shape,
                   ShapeLetters& letters) {
  const auto element = data::read_h5ad_element(file, place);
  const auto* array = element.as<data::NumericArray>();
  if (array == nullptr) refuse(place, "an array of numbers " + shape);
  auto values = at::empty({array->count()}, at::kDouble);
  for (std::int64_t i = 0; i < array->count(); ++i) values.mutable_data_ptr<double>()[i] = array->at(i);
  auto shaped = values.view(array->shape);
  letters.check(shaped, place, shape);
  check_finite(shaped, place);
  return shaped;
}

std::vector<std::string> names(const std::filesystem::path& file, const std::string& place) {
  const auto element = data::read_h5ad_element(file, place);
  const auto* array = element.as<data::StringArray>();
  if (array == nullptr) refuse(place, "an array of strings");
  return array->values;
}

// Row of the file for each name.
std::vector<std::int64_t> rows_of(const std::filesystem::path& file, const std::vector<std::string>& cells) {
  const auto element = data::read_h5ad_element(file, "obs");
  const auto* obs = element.as<data::DataFrame>();
  if (obs == nullptr) refuse("obs", "a data frame");
  std::unordered_map<std::string, std::int64_t> known;
  std::string twice;
  for (std::size_t i = 0; i < obs->index.size(); ++i) {
    if (!known.emplace(obs->index[i], static_cast<std::int64_t>(i)).second) twice = obs->index[i];
  }
  std::vector<std::int64_t> rows;
  // Names that are not distinct cannot be looked up, but a table of all cells has them in the same order.
  if (!twice.empty()) {
    if (cells != obs->index) {
      throw Error(ErrorKind::kData, "two cells have the same name, so their true latents cannot be told apart")
          .at("obs")
          .found("'" + twice + "'");
    }
    for (std::size_t i = 0; i < cells.size(); ++i) rows.push_back(static_cast<std::int64_t>(i));
    return rows;
  }
  for (const auto& cell : cells) {
    const auto found = known.find(cell);
    if (found == known.end()) {
      throw Error(ErrorKind::kData, "the file holds no true latents of a cell").at("obs").found("'" + cell + "'");
    }
    rows.push_back(found->second);
  }
  return rows;
}

}  // namespace true_mechanisms_detail

std::vector<std::int64_t> TrueMechanisms::rows(const std::vector<std::string>& names) const {
  std::vector<std::int64_t> found;
  for (const auto& name : names) {
    const auto place = std::find(actions.begin(), actions.end(), name);
    if (place == actions.end()) {
      Error error(ErrorKind::kData, "the file holds no true mechanism of an action");
      error.at("uns/true_actions").found("'" + name + "'").expected("one of " + quoted_list(actions, 10));
      if (const auto nearest = nearest_name(name, actions); !nearest.empty()) error.hint("nearest: '" + nearest + "'");
      throw error;
    }
    found.push_back(place - actions.begin());
  }
  return found;
}

TrueMechanisms read_true_mechanisms(const std::filesystem::path& file, const std::vector<std::string>& cells) {
  namespace detail = true_mechanisms_detail;
  return with_context(file.string(), [&] {
    TrueMechanisms truth;
    truth.actions = detail::names(file, "uns/true_actions");
    ShapeLetters letters({{"A", std::ssize(truth.actions)}});
    truth.masks = detail::numbers(file, "uns/true_masks", "[A, L]", letters);
    if (!(truth.masks.eq(0.0).logical_or(truth.masks.eq(1.0))).all().item<bool>()) {
      detail::refuse("uns/true_masks", "0 or 1 in every place");
    }
    truth.shifts = detail::numbers(file, "uns/true_shifts", "[A, L]", letters);
    const auto all = detail::numbers(file, "obsm/latent", "[N, L]", letters);
    truth.latents = all.index_select(0, at::tensor(detail::rows_of(file, cells), at::kLong));
    return truth;
  });
}

}  // namespace brenier::train

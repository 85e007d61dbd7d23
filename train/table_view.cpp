#include "train/table_view.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "data/split/marked_cells.h"

namespace brenier::train {

namespace table_view_detail {

// Both ascending.
std::vector<std::int64_t> common(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  std::vector<std::int64_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

// Numbers of the view for rows of the table, leaving out those that are no training rows (-1).
std::vector<std::int64_t> to_view(const std::vector<std::int64_t>& rows, const std::vector<std::int64_t>& view_row) {
  std::vector<std::int64_t> numbers;
  for (const auto row : rows) {
    const auto number = view_row[static_cast<std::size_t>(row)];
    if (number >= 0) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace table_view_detail

at::Tensor dense_rows(const data::CellTable& table, const std::vector<std::int64_t>& rows) {
  auto dense = at::empty({std::ssize(rows), table.genes()}, at::TensorOptions(at::kFloat));
  table.x.rows_dense(rows, dense.mutable_data_ptr<float>());
  return dense;
}

std::vector<std::int64_t> at_most(std::vector<std::int64_t> rows, std::int64_t count, RandomStream stream) {
  if (std::ssize(rows) <= count) return rows;
  std::vector<std::int64_t> drawn;
  for (const auto i : stream.sample(std::ssize(rows), count)) drawn.push_back(rows[static_cast<std::size_t>(i)]);
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

TableView::TableView(const PreparedData& prepared, const std::vector<std::int64_t>& more)
    : prepared_(&prepared), table_rows_(prepared.split.train) {
  table_rows_.insert(table_rows_.end(), more.begin(), more.end());
  std::sort(table_rows_.begin(), table_rows_.end());
  task_.genes = prepared.table.var.index;
  std::vector<std::int64_t> view_row(static_cast<std::size_t>(prepared.table.cells()), -1);
  for (std::size_t i = 0; i < table_rows_.size(); ++i)
    view_row[static_cast<std::size_t>(table_rows_[i])] = static_cast<std::int64_t>(i);
  add_contexts(view_row);
  add_control_only(view_row);
  for (const auto& [key, table] : prepared.descriptors) {
    task_.descriptors[key] = {table.names, table.columns, table.values};
  }
  task_.numeric = prepared.numeric;
}

void TableView::add_contexts(const std::vector<std::int64_t>& view_row) {
  const auto& table = prepared_->contexts;
  std::set<std::string> actions;
  std::map<std::string, std::set<std::string>> covariates;
  for (const auto id : table.treated()) {
    const auto& context = table.contexts[static_cast<std::size_t>(id)];
    auto treated = table_view_detail::to_view(table.rows[static_cast<std::size_t>(id)], view_row);
    if (treated.empty()) continue;
    auto control = table_view_detail::to_view(table.control_rows(context), view_row);
    for (const auto& action : context.actions) actions.insert(action.name);
    for (const auto& [column, value] : context.covariates) covariates[column].insert(value);
    task_.contexts.push_back(context);
    contexts_.push_back({context, std::move(treated), std::move(control)});
  }
  task_.actions.assign(actions.begin(), actions.end());
  for (const auto& [column, values] : covariates) task_.covariates[column].assign(values.begin(), values.end());
}

void TableView::add_control_only(const std::vector<std::int64_t>& view_row) {
  std::vector<bool> used(table_rows_.size(), false);
  for (const auto& context : contexts_) {
    for (const auto row : context.control) used[static_cast<std::size_t>(row)] = true;
  }
  const auto& table = prepared_->contexts;
  for (std::size_t id = 0; id < table.contexts.size(); ++id) {
    if (!table.contexts[id].is_control()) continue;
    std::vector<std::int64_t> rows;
    for (const auto row : table_view_detail::to_view(table.rows[id], view_row)) {
      if (!used[static_cast<std::size_t>(row)]) rows.push_back(row);
    }
    if (!rows.empty()) control_only_.push_back({table.contexts[id], {}, std::move(rows)});
  }
}

std::int64_t TableView::size() const { return std::ssize(table_rows_); }

at::Tensor TableView::rows(const std::vector<std::int64_t>& rows) const {
  std::vector<std::int64_t> table_rows;
  table_rows.reserve(rows.size());
  for (const auto row : rows) {
    if (row < 0 || row >= size()) {
      throw Error(ErrorKind::kDefect, "a row outside the training view was asked for")
          .found(std::to_string(row))
          .expected("0.." + std::to_string(size() - 1));
    }
    table_rows.push_back(table_rows_[static_cast<std::size_t>(row)]);
  }
  return dense_rows(prepared_->table, table_rows);
}

std::vector<ScoredContext> held_out_contexts(const PreparedData& prepared) {
  const auto& split = prepared.split;
  const bool by_cells = split.kind == data::kCellsColumn;
  std::vector<ScoredContext> scored;
  const auto add = [&](const Context& context, bool held_out, const std::vector<std::int64_t>& truth) {
    auto control = prepared.contexts.control_rows(context);
    if (by_cells) {
      auto kept = table_view_detail::common(control, split.excluded);
      if (!kept.empty()) control = std::move(kept);
    }
    scored.push_back({context, held_out, dense_rows(prepared.table, control), dense_rows(prepared.table, truth)});
  };
  for (const auto& context : split.held_out) {
    add(context, true, prepared.contexts.rows[static_cast<std::size_t>(prepared.contexts.at(context))]);
  }
  if (!by_cells) return scored;
  for (const auto id : prepared.contexts.treated()) {
    const auto& context = prepared.contexts.contexts[static_cast<std::size_t>(id)];
    if (split.is_held_out(context)) continue;
    const auto truth = table_view_detail::common(prepared.contexts.rows[static_cast<std::size_t>(id)], split.test);
    if (!truth.empty()) add(context, false, truth);
  }
  return scored;
}

std::vector<ScoredContext> training_contexts(const PreparedData& prepared, const models::Task& task) {
  std::vector<ScoredContext> scored;
  for (const auto& context : task.contexts) {
    const auto& rows = prepared.contexts.rows[static_cast<std::size_t>(prepared.contexts.at(context))];
    scored.push_back({context, false, dense_rows(prepared.table, prepared.contexts.control_rows(context)),
                      dense_rows(prepared.table, table_view_detail::common(rows, prepared.split.train))});
  }
  return scored;
}

std::vector<ScoredContext> validation_contexts(const PreparedData& prepared, const models::Task& task,
                                               std::int64_t cells, std::uint64_t seed) {
  namespace detail = table_view_detail;
  std::vector<ScoredContext> scored;
  for (const auto& context : task.contexts) {
    const auto id = static_cast<std::size_t>(prepared.contexts.at(context));
    auto treated = detail::common(prepared.contexts.rows[id], prepared.split.validation);
    const auto controls = prepared.contexts.control_rows(context);
    auto control = detail::common(controls, prepared.split.validation);
    if (control.empty()) control = detail::common(controls, prepared.split.train);
    if (treated.empty() || control.empty()) continue;
    const std::string name = "validation/" + to_string(context);
    treated = at_most(std::move(treated), cells, RandomStream(seed, name + "/treated"));
    control = at_most(std::move(control), cells, RandomStream(seed, name + "/control"));
    scored.push_back({context, false, dense_rows(prepared.table, control), dense_rows(prepared.table, treated)});
  }
  return scored;
}

}  // namespace brenier::train

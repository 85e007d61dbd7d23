#include "train/evaluation/learn_held_out.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "train/evaluation/mechanism_doubts.h"
#include "train/table_view.h"

namespace brenier::train {
namespace learn_held_out_detail {

struct Parts {
  at::Tensor learn;  // row numbers of the context's cells, in random order
  at::Tensor judge;  // the same, ascending
};

Parts split_cells(std::int64_t count, const Context& context, double fraction, std::uint64_t seed) {
  const auto name = to_string(context);
  if (count < 2) {
    throw Error(ErrorKind::kData, "an action cannot be learned and judged with so few cells")
        .at("held-out context " + name)
        .found(std::to_string(count))
        .expected("at least two cells: one to learn from, one to judge by")
        .hint("leave the context out, or set evaluate.mechanisms.learn to false");
  }
  const auto wanted = static_cast<std::int64_t>(fraction * static_cast<double>(count));
  const auto learn = std::clamp<std::int64_t>(wanted, 1, count - 1);
  RandomStream stream(seed, "evaluation/learn/" + name);
  auto order = stream.permutation(count);
  std::sort(order.begin() + learn, order.end());
  const auto rows = at::tensor(order, at::kLong);
  return {rows.narrow(0, 0, learn), rows.narrow(0, learn, count - learn)};
}

}  // namespace learn_held_out_detail

HeldOut::HeldOut(const models::Model& trained, std::unique_ptr<models::Model> learned,
                 std::vector<ScoredContext> contexts, std::vector<models::ContextCells> lessons,
                 std::vector<std::int64_t> learned_rows)
    : trained_(&trained),
      learned_(std::move(learned)),
      contexts_(std::move(contexts)),
      lessons_(std::move(lessons)),
      learned_rows_(std::move(learned_rows)) {}

std::vector<models::ContextCells> shortened(const std::vector<models::ContextCells>& lessons, std::int64_t cells) {
  std::vector<models::ContextCells> few;
  for (const auto& [context, all] : lessons) {
    few.push_back({context, all.narrow(0, 0, std::min(cells, all.size(0)))});
  }
  return few;
}

HeldOut learn_held_out(const models::Model& model, const PreparedData& prepared, const MechanismSettings& settings,
                       std::uint64_t seed, Reporter& reporter) {
  namespace detail = learn_held_out_detail;
  auto contexts = held_out_contexts(prepared);
  const auto* mechanisms = dynamic_cast<const models::MechanismModel*>(&model);
  if (mechanisms == nullptr || !settings.learn) return {model, nullptr, std::move(contexts), {}, {}};
  const auto most = settings.learn_cells > 0 ? settings.learn_cells : prepared.table.cells();
  std::vector<models::ContextCells> lessons;
  std::vector<std::int64_t> learned_rows;
  for (auto& scored : contexts) {
    if (knows_actions(model, scored.context)) continue;
    const auto parts = detail::split_cells(scored.truth.size(0), scored.context, settings.learn_fraction, seed);
    lessons.push_back({scored.context, scored.truth.index_select(0, parts.learn)});
    scored.truth = scored.truth.index_select(0, parts.judge);
    scored.n_learned = std::min(parts.learn.size(0), most);
    const auto& rows = prepared.contexts.rows[static_cast<std::size_t>(prepared.contexts.at(scored.context))];
    const auto* learn = parts.learn.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < scored.n_learned; ++i)
      learned_rows.push_back(rows[static_cast<std::size_t>(learn[i])]);
  }
  if (lessons.empty()) return {model, nullptr, std::move(contexts), {}, {}};
  reporter.info("learning the actions of " + std::to_string(lessons.size()) + " held-out contexts from " +
                std::to_string(learned_rows.size()) + " of their cells, to be judged by others");
  auto learned = with_context("learning held-out actions",
                              [&] { return mechanisms->learn_actions(shortened(lessons, most), seed, reporter); });
  return {model, std::move(learned), std::move(contexts), std::move(lessons), std::move(learned_rows)};
}

}  // namespace brenier::train

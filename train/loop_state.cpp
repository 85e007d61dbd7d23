#include "train/loop_state.h"

#include "core/error.h"

namespace brenier::train {

namespace loop_state_detail {

BestScore best_from_json(const nlohmann::ordered_json& json) {
  return {json.at("stage").get<std::string>(), json.at("score").get<std::string>(), json.at("value").get<double>(),
          json.at("step").get<std::int64_t>()};
}

}  // namespace loop_state_detail

nlohmann::ordered_json to_json(const BestScore& best) {
  return {{"stage", best.stage}, {"score", best.score}, {"value", best.value}, {"step", best.step}};
}

nlohmann::ordered_json to_json(const LoopState& state) {
  nlohmann::ordered_json json{{"stage", state.stage},       {"step", state.step},
                              {"total", state.total},       {"stage_done", state.stage_done},
                              {"finished", state.finished}, {"batches", state.batches}};
  json["best"] = state.best ? to_json(*state.best) : nlohmann::ordered_json();
  json["stale"] = state.stale;
  json["chosen"] = nlohmann::ordered_json::array();
  for (const auto& best : state.chosen) json["chosen"].push_back(to_json(best));
  json["metrics_bytes"] = state.metrics_bytes;
  return json;
}

LoopState loop_state_from_json(const nlohmann::ordered_json& json) {
  try {
    LoopState state;
    state.stage = json.at("stage").get<std::size_t>();
    state.step = json.at("step").get<std::int64_t>();
    state.total = json.at("total").get<std::int64_t>();
    state.stage_done = json.at("stage_done").get<bool>();
    state.finished = json.at("finished").get<bool>();
    state.batches = json.at("batches").get<std::vector<std::int64_t>>();
    if (!json.at("best").is_null()) state.best = loop_state_detail::best_from_json(json.at("best"));
    state.stale = json.at("stale").get<std::int64_t>();
    for (const auto& best : json.at("chosen")) state.chosen.push_back(loop_state_detail::best_from_json(best));
    state.metrics_bytes = json.at("metrics_bytes").get<std::int64_t>();
    return state;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kData, "the loop state of a checkpoint cannot be read").found(error.what());
  }
}

}  // namespace brenier::train

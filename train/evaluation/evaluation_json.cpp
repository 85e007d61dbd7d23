// evaluation.json: to_json, evaluation_from_json, write_evaluation, read_evaluation of evaluation.h.
#include <cmath>
#include <exception>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "train/evaluation/evaluation.h"

namespace brenier::train {
namespace evaluation_json_detail {

using nlohmann::ordered_json;

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

[[noreturn]] void fail(const std::string& path, const std::string& expected, const ordered_json* found) {
  Error error(ErrorKind::kData, "the evaluation is not in the form that this version writes");
  error.at(path.empty() ? "top level" : path).found(found == nullptr ? "nothing" : found->dump().substr(0, 80));
  throw error.expected(expected);
}

const ordered_json& member(const ordered_json& object, const std::string& key, const std::string& path) {
  if (!object.is_object()) fail(path, "an object", &object);
  const auto it = object.find(key);
  if (it == object.end()) fail(path + "." + key, "this key", nullptr);
  return *it;
}

double read_number(const ordered_json& value, const std::string& path) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!value.is_number()) fail(path, "a number or null", &value);
  return value.get<double>();
}

std::string read_text(const ordered_json& value, const std::string& path) {
  if (!value.is_string()) fail(path, "a string", &value);
  return value.get<std::string>();
}

std::int64_t read_count(const ordered_json& value, const std::string& path) {
  if (!value.is_number_integer() || value.get<std::int64_t>() < 0) fail(path, "a whole number >= 0", &value);
  return value.get<std::int64_t>();
}

const ordered_json& object_at(const ordered_json& value, const std::string& path) {
  if (!value.is_object()) fail(path, "an object", &value);
  return value;
}

ContextEvaluation read_context(const ordered_json& json, const std::string& path, std::int64_t& level) {
  ContextEvaluation context;
  context.context = with_context(path + ".context", [&] { return context_from_json(member(json, "context", path)); });
  const ordered_json& held_out = member(json, "held_out", path);
  if (!held_out.is_boolean()) fail(path + ".held_out", "true or false", &held_out);
  context.held_out = held_out.get<bool>();
  context.n_control = read_count(member(json, "n_control", path), path + ".n_control");
  context.n_true = read_count(member(json, "n_true", path), path + ".n_true");
  if (json.contains("n_learned")) context.n_learned = read_count(json.at("n_learned"), path + ".n_learned");
  for (const auto& [method, scores] : object_at(member(json, "scores", path), path + ".scores").items()) {
    const std::string place = path + ".scores." + method;
    Scores values;
    for (const auto& [metric, value] : object_at(scores, place).items()) {
      values.emplace_back(metric, read_number(value, place + "." + metric));
    }
    context.scores.emplace_back(method, std::move(values));
  }
  // "ci95" or another level.
  for (const auto& [key, methods] : json.items()) {
    if (key.size() != 4 || key.compare(0, 2, "ci") != 0) continue;
    try {
      level = std::stoll(key.substr(2));
    } catch (const std::exception&) {
      fail(path + "." + key, "'ci' and two digits", nullptr);
    }
    for (const auto& [method, intervals] : object_at(methods, path + "." + key).items()) {
      Intervals values;
      for (const auto& [metric, interval] : object_at(intervals, path + "." + key + "." + method).items()) {
        const std::string place = path + "." + key + "." + method + "." + metric;
        if (!interval.is_array() || interval.size() != 2) fail(place, "two numbers or nulls", &interval);
        values.push_back({metric, {read_number(interval[0], place + "[0]"), read_number(interval[1], place + "[1]")}});
      }
      context.intervals.emplace_back(method, std::move(values));
    }
  }
  return context;
}

Summary read_summary(const ordered_json& json, const std::string& path) {
  Summary summary;
  summary.mean = read_number(member(json, "mean", path), path + ".mean");
  summary.median = read_number(member(json, "median", path), path + ".median");
  const ordered_json& interval = member(json, "ci95", path);
  if (!interval.is_array() || interval.size() != 2) fail(path + ".ci95", "two numbers or nulls", &interval);
  summary.low = read_number(interval[0], path + ".ci95[0]");
  summary.high = read_number(interval[1], path + ".ci95[1]");
  return summary;
}

}  // namespace evaluation_json_detail

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  using evaluation_json_detail::number;
  nlohmann::ordered_json json;
  json["task"] = evaluation.task;
  json["split"] = evaluation.split;
  json["contexts"] = nlohmann::ordered_json::array();
  for (const ContextEvaluation& context : evaluation.contexts) {
    nlohmann::ordered_json item;
    item["context"] = brenier::to_json(context.context);
    item["held_out"] = context.held_out;
    item["n_control"] = context.n_control;
    item["n_true"] = context.n_true;
    if (context.n_learned > 0) item["n_learned"] = context.n_learned;
    item["scores"] = nlohmann::ordered_json::object();
    for (const auto& [method, scores] : context.scores) {
      nlohmann::ordered_json& values = item["scores"][method] = nlohmann::ordered_json::object();
      for (const auto& [metric, value] : scores) values[metric] = number(value);
    }
    for (const auto& [method, intervals] : context.intervals) {
      nlohmann::ordered_json& values = item["ci" + std::to_string(evaluation.cell_level)][method];
      values = nlohmann::ordered_json::object();
      for (const auto& [metric, interval] : intervals) {
        values[metric] = nlohmann::ordered_json::array({number(interval.first), number(interval.second)});
      }
    }
    json["contexts"].push_back(std::move(item));
  }
  json["summary"] = nlohmann::ordered_json::object();
  for (const auto& [method, metrics] : evaluation.summary) {
    nlohmann::ordered_json& values = json["summary"][method] = nlohmann::ordered_json::object();
    for (const auto& [metric, summary] : metrics) {
      values[metric] = {{"mean", number(summary.mean)},
                        {"median", number(summary.median)},
                        {"ci95", nlohmann::ordered_json::array({number(summary.low), number(summary.high)})}};
    }
  }
  return json;
}

Evaluation evaluation_from_json(const nlohmann::ordered_json& json) {
  using evaluation_json_detail::fail;
  using evaluation_json_detail::member;
  using evaluation_json_detail::object_at;
  using evaluation_json_detail::ordered_json;
  using evaluation_json_detail::read_context;
  using evaluation_json_detail::read_summary;
  using evaluation_json_detail::read_text;
  Evaluation evaluation;
  evaluation.task = read_text(member(json, "task", ""), "task");
  evaluation.split = read_text(member(json, "split", ""), "split");
  const ordered_json& contexts = member(json, "contexts", "");
  if (!contexts.is_array()) fail("contexts", "an array", &contexts);
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    evaluation.contexts.push_back(
        read_context(contexts[i], "contexts[" + std::to_string(i) + "]", evaluation.cell_level));
  }
  for (const auto& [method, metrics] : object_at(member(json, "summary", ""), "summary").items()) {
    std::vector<std::pair<std::string, Summary>> values;
    for (const auto& [metric, summary] : object_at(metrics, "summary." + method).items()) {
      values.emplace_back(metric, read_summary(summary, "summary." + method + "." + metric));
    }
    evaluation.summary.emplace_back(method, std::move(values));
  }
  return evaluation;
}

void write_evaluation(const std::filesystem::path& path, const Evaluation& evaluation) {
  write_atomically(path, to_json(evaluation).dump(2) + "\n");
}

Evaluation read_evaluation(const std::filesystem::path& path) {
  return with_context(path.string(), [&] {
    nlohmann::ordered_json json;
    try {
      json = nlohmann::ordered_json::parse(read_file(path));
    } catch (const nlohmann::json::parse_error& error) {
      throw Error(ErrorKind::kData, "the evaluation is no JSON").found(error.what());
    }
    return evaluation_from_json(json);
  });
}

}  // namespace brenier::train

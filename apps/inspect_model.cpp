#include "apps/inspect_model.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/number_text.h"
#include "train/evaluation/evaluation.h"

namespace brenier::apps {
namespace inspect_model_detail {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShown = 20;  // contexts a list; the others are counted

std::string count_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->dump() : "?";
}

// "  name          text\n"
std::string line(const std::string& name, const std::string& text) {
  return "  " + name + std::string(name.size() < 16 ? 16 - name.size() : 1, ' ') + text + "\n";
}

std::string list_of(const std::string& title, const std::vector<std::string>& items) {
  std::string text = "\n" + title + " (" + std::to_string(items.size()) + ")\n";
  for (std::size_t i = 0; i < std::min(items.size(), kShown); ++i) text += "  " + items[i] + "\n";
  if (items.size() > kShown) text += "  ... and " + std::to_string(items.size() - kShown) + " more (--json has all)\n";
  return text;
}

std::vector<std::string> names_of(const Json& contexts) {
  std::vector<std::string> names;
  if (!contexts.is_array()) return names;
  for (const auto& context : contexts) names.push_back(to_string(context_from_json(context)));
  return names;
}

std::string preprocessing(const runtime::ModelInfo& info) {
  const auto constants = runtime::input_preprocess(info);
  std::string text;
  if (constants.recover_counts) text = "log(1 + normalised counts) turned back into counts; counts are kept";
  if (constants.target_sum) {
    text += std::string(text.empty() ? "" : ", then ") + "each cell scaled to " + number_text(*constants.target_sum) +
            " over " + std::to_string(constants.total_genes.size()) + " genes";
  }
  if (constants.log1p) text += std::string(text.empty() ? "" : ", then ") + "log(1 + x)";
  return text.empty() ? "none: cells are used as they are" : text;
}

std::string scores(const runtime::ModelInfo& info) {
  const auto summary = info.metrics.is_object() ? info.metrics.find("evaluation") : info.metrics.end();
  if (!info.metrics.is_object() || summary == info.metrics.end()) {
    return "\nscores\n  none: the file was exported before the evaluation\n";
  }
  const auto evaluation = brenier::train::evaluation_from_json(
      {{"task", "perturbation"}, {"split", ""}, {"contexts", Json::array()}, {"summary", *summary}});
  return "\nscores on held-out contexts, beside the baselines and the noise ceiling\n" +
         brenier::train::evaluation_table(evaluation);
}

// A context to show how one asks: the first that training had.
Context example(const runtime::ModelInfo& info) {
  if (!info.contexts.empty()) return info.contexts.front();
  return Context{{{info.actions.empty() ? "NAME" : info.actions.front(), 1.0}}, {}};
}

// A word for the shell.
std::string shell(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// A literal of C++ and Python.
std::string literal(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string command_line(const Context& context, const std::string& path) {
  std::string text =
      "brenier predict " + path + " --input CELLS.h5ad --perturbation " + shell(actions_to_string(context));
  for (const auto& [column, value] : context.covariates) text += " --set " + shell(column + "=" + value);
  return text + " --output OUT.h5ad";
}

std::string cpp_lines(const Context& context, const std::string& path) {
  std::string actions;
  for (const auto& action : context.actions) {
    actions += (actions.empty() ? "{" : ", {") + literal(action.name) + ", " + number_text(action.dose) + "}";
  }
  std::string covariates;
  for (const auto& [column, value] : context.covariates) {
    covariates += (covariates.empty() ? "{" : ", {") + literal(column) + ", " + literal(value) + "}";
  }
  return "const auto predictor = brenier::runtime::Predictor::load(" + literal(path) +
         ");\nconst auto context = brenier::make_context({" + actions + "}, {" + covariates +
         "});\nconst at::Tensor treated = predictor.predict(cells, genes, context);";
}

std::string python_lines(const runtime::ModelInfo& info, const std::string& path) {
  std::string covariates;
  for (const auto& [column, values] : info.covariates) {
    covariates += (covariates.empty() ? "" : ", ") + column + " (" + std::to_string(values.size()) + ")";
  }
  return "files = {\"brenier.json\": \"\"}\nmodel = torch.jit.load(" + literal(path) +
         ", _extra_files=files)\n"
         "# actions [" +
         std::to_string(info.actions.size() + (info.unknown_actions ? 1 : 0)) + "]: doses; covariates: one-hot" +
         (covariates.empty() ? "" : ", " + covariates) +
         "; examples/python/predict.py has it all\n"
         "treated = model(cells, model.encode_context(cells, actions, covariates))";
}

std::string indented(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3) text.insert(at + 1, "  ");
  return "  " + text + "\n";
}

}  // namespace inspect_model_detail

std::string model_card(const runtime::ModelInfo& info, const std::string& path) {
  namespace detail = inspect_model_detail;
  std::string text = path + ": model '" + info.kind + "', Brenier " + info.brenier_version + ", torch " +
                     info.torch_version + "\n\ntrained on\n";
  const auto& training = info.training;
  if (training.empty()) {
    text += detail::line("data", "not told by this file");
  } else {
    const auto name = training.find("data");
    text += detail::line("data", name != training.end() && name->is_string() ? name->get<std::string>() : "?");
    text +=
        detail::line("cells", detail::count_of(training, "cells") + " (" + detail::count_of(training, "control_cells") +
                                  " unperturbed), " + detail::count_of(training, "validation_cells") +
                                  " for model choice, " + detail::count_of(training, "held_out_cells") + " held out");
    const auto split = training.find("split");
    text += detail::line("split", (split != training.end() && split->is_string() ? split->get<std::string>() : "?") +
                                      ", seed " + detail::count_of(training, "seed"));
  }
  text += detail::line("genes", quoted_list(info.genes, 4));
  text += detail::line("preprocessing", detail::preprocessing(info));
  text += detail::line("perturbations", quoted_list(info.actions) + (info.unknown_actions ? ", and unknown ones" : ""));
  for (const auto& [column, values] : info.covariates) text += detail::line(column, quoted_list(values));

  std::vector<std::string> contexts;
  for (const auto& context : info.contexts) contexts.push_back(to_string(context));
  text += detail::list_of("training contexts", contexts);
  if (const auto held_out = training.find("held_out"); held_out != training.end())
    text += detail::list_of("held-out contexts", detail::names_of(*held_out));
  text += detail::scores(info);

  const auto context = detail::example(info);
  return text + "\ncommand line\n" + detail::indented(detail::command_line(context, path)) + "\nC++\n" +
         detail::indented(detail::cpp_lines(context, path)) + "\nPython\n" +
         detail::indented(detail::python_lines(info, path));
}

nlohmann::ordered_json model_card_json(const runtime::ModelInfo& info, const std::string& path) {
  namespace detail = inspect_model_detail;
  const auto context = detail::example(info);
  auto json = runtime::to_json(info);
  json["usage"] = {{"command", detail::command_line(context, path)},
                   {"cpp", detail::cpp_lines(context, path)},
                   {"python", detail::python_lines(info, path)}};
  return json;
}

}  // namespace brenier::apps

// Settings of every kind of field, for the tests of core/config.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/config/fields.h"

namespace brenier::tests {

struct SampleLayer {
  std::int64_t width = 64;
  std::string activation = "relu";
  void describe(Fields& f) {
    f.integer("width", width, Range::at_least(1), "Units of the layer");
    f.choice("activation", activation, {"relu", "softplus"}, "Nonlinearity");
  }
  bool operator==(const SampleLayer&) const = default;
};

struct SampleTrain {
  std::int64_t steps = 1000;
  double rate = 0.001;
  double low = 0.0;
  double high = 1.0;
  bool resume = false;
  void describe(Fields& f) {
    f.integer("steps", steps, Range::at_least(1), "Optimiser steps");
    f.real("rate", rate, Range::above(0.0), "Learning rate");
    f.real("low", low, Range::any(), "Lower end");
    f.real("high", high, Range::any(), "Upper end");
    f.boolean("resume", resume, "Go on from the last checkpoint");
    f.require("high", high > low, "must be above low");
  }
  bool operator==(const SampleTrain&) const = default;
};

struct SampleSettings {
  std::string name = "run";
  std::string data;
  std::vector<std::string> covariates = {"cell_type"};
  std::vector<std::int64_t> sizes = {1, 2};
  std::vector<double> weights = {0.5};
  std::map<std::string, std::string> rename = {{"ctrl", "control"}};
  std::vector<SampleLayer> layers = {{32, "relu"}};
  SampleTrain train;
  std::string model = "condot";
  double epsilon = 0.1;
  std::int64_t hidden = 4;
  std::int64_t latent = 10;

  void describe(Fields& f) {
    f.text("name", name, "Name of the run");
    f.path("data", data, "The data file");
    f.texts("covariates", covariates, "Columns");
    f.integers("sizes", sizes, Range::at_least(1), "Sizes");
    f.reals("weights", weights, Range::between(0.0, 1.0), "Weights");
    f.text_map("rename", rename, "Old name -> new name");
    f.list("layers", layers, "Layers");
    f.nested("train", train, "Training");
    f.variant("model", model,
              {{"condot",
                [this](Fields& v) {
                  v.real("epsilon", epsilon, Range::above(0.0), "Regularisation");
                  v.integer("hidden", hidden, Range::at_least(1), "Hidden units");
                }},
               {"vae",
                [this](Fields& v) {
                  v.integer("latent", latent, Range::at_least(1), "Latent size");
                  v.integer("hidden", hidden, Range::at_least(1), "Hidden units");
                }}},
              "The model");
  }
  bool operator==(const SampleSettings&) const = default;
};

}  // namespace brenier::tests

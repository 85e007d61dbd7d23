#include "core/config/schema.h"

#include <gtest/gtest.h>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "core/config/write.h"
#include "tests/core/config/sample_settings.h"

namespace brenier::tests {

// An independent validator on the schema that Brenier writes.
bool schema_accepts(const std::string& config) {
  const nlohmann::json schema_json = nlohmann::json::parse(schema_of_settings<SampleSettings>("sample").dump());
  valijson::Schema schema;
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json), schema);
  const nlohmann::json value = nlohmann::json::parse(config);
  valijson::Validator validator;
  return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(value), nullptr);
}

TEST(ConfigSchema, AcceptsWhatTheReaderAccepts) {
  EXPECT_TRUE(schema_accepts("{}"));
  EXPECT_TRUE(schema_accepts(write_settings(SampleSettings()).dump()));
  EXPECT_TRUE(schema_accepts(R"({"$schema": "../schema/x.json", "defaults": ["a.json"], "train": {"steps": 5}})"));
  EXPECT_TRUE(schema_accepts(R"({"model": {"kind": "vae", "latent": 3}})"));
  EXPECT_TRUE(schema_accepts(R"({"model": {"epsilon": 0.5}})"));
  EXPECT_TRUE(schema_accepts(R"({"model": {"latent": 5}})"));  // the kind may come from "defaults"
}

TEST(ConfigSchema, RefusesWhatTheReaderRefuses) {
  for (const char* config : {R"({"nam": "x"})",
                             R"({"name": 3})",
                             R"({"train": {"steps": 0}})",
                             R"({"train": {"steps": 1.5}})",
                             R"({"train": {"rate": 0}})",
                             R"({"train": {"stepps": 1}})",
                             R"({"train": []})",
                             R"({"weights": [1.5]})",
                             R"({"sizes": [0]})",
                             R"({"covariates": "x"})",
                             R"({"rename": {"a": 1}})",
                             R"({"layers": [{"width": 0}]})",
                             R"({"layers": [{"activation": "tanh"}]})",
                             R"({"layers": [{"x": 1}]})",
                             R"({"model": {"kind": "gan"}})",
                             R"({"model": {"kind": "condot", "latent": 3}})",
                             R"({"model": {"kind": "vae", "latent": 0}})",
                             R"({"model": {"latent": 3, "epsilon": 1}})",
                             R"({"defaults": "a.json"})",
                             R"({"train": {"defaults": []}})"}) {
    EXPECT_FALSE(schema_accepts(config)) << config;
  }
}

TEST(ConfigSchema, CarriesDescriptionsDefaultsAndRanges) {
  const nlohmann::ordered_json schema = schema_of_settings<SampleSettings>("sample");
  EXPECT_EQ(schema["title"], "sample");
  const auto& steps = schema["properties"]["train"]["properties"]["steps"];
  EXPECT_EQ(steps, nlohmann::ordered_json::parse(
                       R"({"description": "Optimiser steps", "type": "integer", "minimum": 1, "default": 1000})"));
  EXPECT_EQ(schema["properties"]["train"]["properties"]["rate"]["exclusiveMinimum"], 0);
  EXPECT_EQ(schema["properties"]["layers"]["items"]["properties"]["activation"]["enum"],
            nlohmann::ordered_json::parse(R"(["relu", "softplus"])"));
  EXPECT_EQ(schema["properties"]["layers"]["default"][0]["width"], 32);
  EXPECT_EQ(schema["properties"]["model"]["properties"]["kind"]["default"], "condot");
  EXPECT_EQ(schema["properties"]["rename"]["default"], nlohmann::ordered_json::parse(R"({"ctrl": "control"})"));
}

}  // namespace brenier::tests

// Hand-made model files for tests of the runtime.
#pragma once

#include <filesystem>
#include <string>

#include "runtime/model_file.h"

namespace brenier::tests {

// Genes a, b, c; actions "drug", "ko"; cell types x, y; counts scaled to 100 over a, b, c, d, then log1p.
[[nodiscard]] runtime::ModelInfo sample_info();

// Writes an archive whose forward adds `context`, with encode_context giving [sum of actions, x, y] as the shift of the
// three genes. `description` becomes brenier.json; none when empty.
void write_archive(const std::filesystem::path& path, const std::string& description);
// The same with another script.
void write_archive(const std::filesystem::path& path, const std::string& description, const std::string& source);

// write_archive with sample_info().
void write_sample_model(const std::filesystem::path& path);

// A file as training exports it: weights in buffers, a network of two layers that the context shifts, loops over
// columns; genes g0 ... g19, actions and covariates as in sample_info(), means 1, 2, ... 20, no preprocessing.
[[nodiscard]] runtime::ModelInfo network_info();
void write_network_model(const std::filesystem::path& path);

// The archive with the content of a member replaced by another of the same size, its checksum made right.
[[nodiscard]] std::string with_member(std::string archive, const std::string& name, const std::string& content);

}  // namespace brenier::tests

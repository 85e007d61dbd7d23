// The folder of one training run, and who may write to it.
//
//   config.json      the resolved config: enough to repeat the run
//   split.json       which contexts and cells were held out
//   metrics.jsonl    losses and validation scores, one JSON object a line; the same bytes for the same config and seed
//   timing.jsonl     seconds of the same lines: everything that differs between two equal runs
//   checkpoints/     step-N/ folders (checkpoint.h)
//   model.pt         the best model, exported
//   evaluation.json, report.html
//
// open() takes a lock that ends with the process however it ends (flock), so two processes never train in one folder.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace brenier::train {

class RunFolder final {
 public:
  enum class Mode {
    kNew,        // the folder must be absent or empty
    kResume,     // continues a run of the same config; starts one when the folder is absent or empty
    kOverwrite,  // deletes the run that is there; never anything that is not part of a run
  };
  enum class State { kEmpty, kUnfinished, kFinished, kForeign };

  // What lies at `path`, without touching it. kEmpty: nothing, or a run that ended before it trained (data that could
  // not be read); kFinished: it has an evaluation.
  [[nodiscard]] static State inspect(const std::filesystem::path& path);

  // Makes or reopens the folder and locks it. Throws kUsage saying what is there and which option would go on:
  //   kNew with a run in the folder; a folder that holds other things; another process at work in it;
  //   kResume with another config (each differing path is listed: what the run has, what was asked).
  // Throws kData when the folder cannot be written.
  static RunFolder open(const std::filesystem::path& path, Mode mode, const nlohmann::ordered_json& resolved_config);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  ~RunFolder();  // gives the lock back

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Whether open() found a run of the same config to continue.
  [[nodiscard]] bool resumed() const { return resumed_; }

  [[nodiscard]] std::filesystem::path config() const { return path_ / "config.json"; }
  [[nodiscard]] std::filesystem::path split() const { return path_ / "split.json"; }
  [[nodiscard]] std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  [[nodiscard]] std::filesystem::path timing() const { return path_ / "timing.jsonl"; }
  [[nodiscard]] std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  [[nodiscard]] std::filesystem::path model() const { return path_ / "model.pt"; }
  [[nodiscard]] std::filesystem::path evaluation() const { return path_ / "evaluation.json"; }
  [[nodiscard]] std::filesystem::path report() const { return path_ / "report.html"; }

 private:
  RunFolder(std::filesystem::path path, int lock, bool resumed);

  std::filesystem::path path_;
  int lock_;  // file descriptor; -1 after a move
  bool resumed_;
};

// "train.schedule.kind: the run has \"cosine\", asked for \"linear\"", one line a differing path; empty when equal.
[[nodiscard]] std::vector<std::string> config_differences(const nlohmann::ordered_json& run,
                                                          const nlohmann::ordered_json& asked);

}  // namespace brenier::train

#include "train/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/io/atomic_file.h"

namespace brenier::train {

namespace run_folder_detail {

namespace fs = std::filesystem;

constexpr const char* kLockName = ".lock";
constexpr const char* kConfigName = "config.json";

const std::set<std::string>& run_entries() {
  static const std::set<std::string> entries{kConfigName,       "split.json",  "metrics.jsonl",
                                             "timing.jsonl",    "checkpoints", "model.pt",
                                             "evaluation.json", "report.html", kLockName};
  return entries;
}

// Left behind by a process that was killed while it wrote.
bool is_partial(const std::string& name) {
  const auto dot = name.find(".partial-");
  return dot != std::string::npos && run_entries().contains(name.substr(0, dot));
}

// All that a run has before its first step.
bool is_beginning(const std::vector<std::string>& names) {
  const auto early = [](const std::string& name) {
    return name == kLockName || name == kConfigName || name == "split.json" || is_partial(name);
  };
  const bool ours = std::find(names.begin(), names.end(), kLockName) != names.end();
  return names.empty() || (ours && std::all_of(names.begin(), names.end(), early));
}

std::vector<std::string> entries_of(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) {
    throw Error(ErrorKind::kData, "cannot list the run folder").at(path.string()).found(error.message());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Held until the descriptor is closed, also by the end of the process.
int take_lock(const fs::path& folder) {
  const auto file = folder / kLockName;
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    throw Error(ErrorKind::kData, "cannot write to the run folder")
        .at(folder.string())
        .found(std::strerror(errno))
        .expected("a folder that this user may write to");
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    ::close(descriptor);
    if (reason == EWOULDBLOCK) {
      throw Error(ErrorKind::kUsage, "another process is training in this run folder")
          .at(folder.string())
          .hint("wait for it, or choose another folder with --out");
    }
    throw Error(ErrorKind::kData, "cannot lock the run folder").at(file.string()).found(std::strerror(reason));
  }
  return descriptor;
}

void remove_run(const fs::path& folder) {
  const auto remove = [&folder](const std::string& name) {
    std::error_code error;
    fs::remove_all(folder / name, error);
    if (error) {
      throw Error(ErrorKind::kData, "cannot delete the old run").at((folder / name).string()).found(error.message());
    }
  };
  for (const auto& name : entries_of(folder)) {
    if (name != kLockName && name != kConfigName && (run_entries().contains(name) || is_partial(name))) remove(name);
  }
  remove(kConfigName);  // last, so that a run half deleted is still known as a run
}

void require_new(const fs::path& path, RunFolder::State state) {
  if (state == RunFolder::State::kEmpty) return;
  const bool finished = state == RunFolder::State::kFinished;
  throw Error(ErrorKind::kUsage,
              finished ? "the output folder holds a finished run" : "the output folder holds an unfinished run")
      .at(path.string())
      .found(quoted_list(entries_of(path)))
      .hint(finished
                ? "choose another folder with --out, or delete this run with --overwrite"
                : "continue it with --resume, choose another folder with --out, or delete this run with --overwrite");
}

void require_known(const fs::path& path, RunFolder::State state) {
  if (state != RunFolder::State::kForeign) return;
  throw Error(ErrorKind::kUsage, "the output folder holds things that are no part of a run")
      .at(path.string())
      .found(quoted_list(entries_of(path), 5))
      .expected("an empty or new folder: choose one with --out");
}

void require_same_config(const fs::path& path, const nlohmann::ordered_json& asked) {
  nlohmann::ordered_json run;
  try {
    run = nlohmann::ordered_json::parse(read_file(path / "config.json"));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kData, "the config of the run to resume is no JSON")
        .at((path / "config.json").string())
        .found(error.what());
  }
  const auto differences = config_differences(run, asked);
  if (differences.empty()) return;
  std::string text;
  for (const auto& line : differences) text += (text.empty() ? "" : "\n    ") + line;
  throw Error(ErrorKind::kUsage, "the run to resume was started with another config")
      .at(path.string())
      .found(text)
      .expected("the same config")
      .hint("give the same settings, choose another folder with --out, or start again with --overwrite");
}

void collect_differences(const nlohmann::ordered_json& run, const nlohmann::ordered_json& asked,
                         const std::string& path, std::vector<std::string>& out) {
  if (run.is_object() && asked.is_object()) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : asked.items()) keys.push_back(key);
    for (const auto& [key, value] : run.items()) {
      if (!asked.contains(key)) keys.push_back(key);
    }
    for (const auto& key : keys) {
      const std::string inner = path.empty() ? key : path + "." + key;
      if (!run.contains(key)) {
        out.push_back(inner + ": the run does not have it, asked for " + asked.at(key).dump());
      } else if (!asked.contains(key)) {
        out.push_back(inner + ": the run has " + run.at(key).dump() + ", not asked for");
      } else {
        collect_differences(run.at(key), asked.at(key), inner, out);
      }
    }
    return;
  }
  if (run != asked) out.push_back(path + ": the run has " + run.dump() + ", asked for " + asked.dump());
}

}  // namespace run_folder_detail

std::vector<std::string> config_differences(const nlohmann::ordered_json& run, const nlohmann::ordered_json& asked) {
  std::vector<std::string> differences;
  run_folder_detail::collect_differences(run, asked, "", differences);
  return differences;
}

RunFolder::State RunFolder::inspect(const std::filesystem::path& path) {
  namespace detail = run_folder_detail;
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return State::kEmpty;
  if (!std::filesystem::is_directory(status)) return State::kForeign;
  const auto names = detail::entries_of(path);
  const auto known = [](const std::string& name) {
    return detail::run_entries().contains(name) || detail::is_partial(name);
  };
  if (!std::all_of(names.begin(), names.end(), known)) return State::kForeign;
  if (detail::is_beginning(names)) return State::kEmpty;
  const auto has = [&names](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!has(detail::kConfigName)) return State::kForeign;  // a run writes its config first and deletes it last
  const bool finished = has("evaluation.json");
  return finished ? State::kFinished : State::kUnfinished;
}

RunFolder RunFolder::open(const std::filesystem::path& path, Mode mode, const nlohmann::ordered_json& resolved_config) {
  namespace detail = run_folder_detail;
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_directory(path, error)) {
    throw Error(ErrorKind::kUsage, "the output folder is a file")
        .at(path.string())
        .expected("another folder with --out");
  }
  State state = inspect(path);
  detail::require_known(path, state);
  if (mode == Mode::kNew) detail::require_new(path, state);
  std::filesystem::create_directories(path, error);
  if (error) {
    throw Error(ErrorKind::kData, "cannot make the run folder")
        .at(path.string())
        .found(error.message())
        .expected("a place that this user may write to");
  }
  RunFolder folder(path, detail::take_lock(path), false);
  state = inspect(path);  // again, now that nobody else can change it
  if (mode == Mode::kNew) detail::require_new(path, state);
  if (mode == Mode::kOverwrite || state == State::kEmpty) detail::remove_run(path);
  if (mode == Mode::kResume && state != State::kEmpty) {
    detail::require_same_config(path, resolved_config);
    folder.resumed_ = true;
  } else {
    write_atomically(folder.config(), resolved_config.dump(2) + "\n");
  }
  return folder;
}

RunFolder::RunFolder(std::filesystem::path path, int lock, bool resumed)
    : path_(std::move(path)), lock_(lock), resumed_(resumed) {}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)), resumed_(other.resumed_) {}

RunFolder::~RunFolder() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace brenier::train

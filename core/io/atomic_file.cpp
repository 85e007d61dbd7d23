#include "core/io/atomic_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.h"

namespace brenier {
namespace atomic_file_detail {

using Path = std::filesystem::path;

constexpr std::string_view kPartial = ".partial-";

std::string reason(int code) { return std::generic_category().message(code); }

Error failure(const std::string& what, const Path& path, int code) {
  return std::move(Error(ErrorKind::kData, what + ": " + reason(code)).at(path.string()));
}

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] int close() { return ::close(std::exchange(value_, -1)); }

 private:
  int value_;
};

// Removes a partial file or folder unless it took its name.
class Cleanup {
 public:
  explicit Cleanup(Path path) : path_(std::move(path)) {}
  Cleanup(const Cleanup&) = delete;
  Cleanup& operator=(const Cleanup&) = delete;
  ~Cleanup() {
    std::error_code ignored;
    if (!done_) std::filesystem::remove_all(path_, ignored);
  }
  void done() { done_ = true; }

 private:
  Path path_;
  bool done_ = false;
};

Path partial_name(const Path& path) { return path.string() + std::string(kPartial) + std::to_string(::getpid()); }

Path folder_of(const Path& path) { return path.has_parent_path() ? path.parent_path() : Path("."); }

void write_all(int descriptor, std::string_view bytes, const Path& path) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw failure("cannot write " + std::to_string(bytes.size()) + " bytes", path, errno)
          .found("only " + std::to_string(done) + " bytes could be written");
    }
    done += static_cast<std::size_t>(count);
  }
}

// Asks the disk to keep a file or folder; file systems that cannot sync folders are let be.
void sync_path(const Path& path, bool folder) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | (folder ? O_DIRECTORY : 0)));
  if (descriptor.get() < 0) throw failure("cannot open to sync", path, errno);
  if (::fsync(descriptor.get()) != 0 && !(folder && errno == EINVAL)) throw failure("cannot sync to disk", path, errno);
}

void sync_tree(const Path& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) sync_path(entry.path(), false);
    if (entry.is_directory()) sync_path(entry.path(), true);
  }
  sync_path(folder, true);
}

// Moves `partial` to `path`; an existing folder there is swapped with it in one step where the file system can.
void take_name(const Path& partial, const Path& path) {
  if (::rename(partial.c_str(), path.c_str()) == 0) return;
  if (errno != EEXIST && errno != ENOTEMPTY) throw failure("cannot name the finished folder", path, errno);
  std::error_code ignored;
  if (::syscall(SYS_renameat2, AT_FDCWD, partial.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) {
    std::filesystem::remove_all(partial, ignored);  // now the old content
    return;
  }
  const Path old = path.string() + ".old-" + std::to_string(::getpid());  // whole, so never taken for a stale partial
  if (::rename(path.c_str(), old.c_str()) != 0) throw failure("cannot replace the folder", path, errno);
  if (::rename(partial.c_str(), path.c_str()) != 0) {
    const int code = errno;
    ::rename(old.c_str(), path.c_str());
    throw failure("cannot name the finished folder", path, code);
  }
  std::filesystem::remove_all(old, ignored);
}

}  // namespace atomic_file_detail

void write_atomically(const std::filesystem::path& path, std::string_view bytes) {
  namespace detail = atomic_file_detail;
  std::filesystem::path target = path;
  struct stat old{};
  const bool exists = ::stat(path.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) throw detail::failure("cannot write", path, EISDIR);
  if (exists && !S_ISREG(old.st_mode)) {  // a device or pipe: /dev/stdout must not be replaced by a file
    detail::Descriptor direct(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (direct.get() < 0) throw detail::failure("cannot open for writing", path, errno);
    detail::write_all(direct.get(), bytes, path);
    return;
  }
  std::error_code failed;
  if (std::filesystem::is_symlink(path, failed)) {  // the file that the link names is replaced, the link stays
    const std::filesystem::path named = std::filesystem::weakly_canonical(path, failed);
    if (!failed) target = named;
  }
  const std::filesystem::path partial = detail::partial_name(target);
  detail::Descriptor file(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) throw detail::failure("cannot open for writing", path, errno);
  detail::Cleanup cleanup(partial);
  if (exists && ::fchmod(file.get(), old.st_mode & 07777) != 0)
    throw detail::failure("cannot keep the file mode", path, errno);
  detail::write_all(file.get(), bytes, path);
  if (::fsync(file.get()) != 0) throw detail::failure("cannot sync to disk", path, errno);
  if (file.close() != 0) throw detail::failure("cannot finish writing", path, errno);
  if (::rename(partial.c_str(), target.c_str()) != 0)
    throw detail::failure("cannot name the finished file", path, errno);
  cleanup.done();
  detail::sync_path(detail::folder_of(target), true);
}

void write_folder_atomically(const std::filesystem::path& path,
                             const std::function<void(const std::filesystem::path& partial)>& fill) {
  namespace detail = atomic_file_detail;
  std::string name = path.string();
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  const std::filesystem::path target(name);
  std::error_code failed;
  if (std::filesystem::exists(target, failed) && !std::filesystem::is_directory(target, failed)) {
    throw detail::failure("cannot write a folder", target, ENOTDIR).found("a file of that name");
  }
  const std::filesystem::path partial = detail::partial_name(target);
  std::filesystem::remove_all(partial, failed);  // left by a killed process that had our id
  if (::mkdir(partial.c_str(), 0777) != 0) throw detail::failure("cannot make the folder", target, errno);
  detail::Cleanup cleanup(partial);
  fill(partial);
  try {
    detail::sync_tree(partial);
  } catch (const std::filesystem::filesystem_error& error) {
    throw detail::failure("cannot read back the new folder", target, error.code().value());
  }
  detail::take_name(partial, target);
  cleanup.done();
  detail::sync_path(detail::folder_of(target), true);
}

std::size_t remove_stale_partials(const std::filesystem::path& folder) {
  namespace detail = atomic_file_detail;
  std::vector<std::filesystem::path> stale;
  std::error_code failed;
  std::filesystem::directory_iterator entry(folder, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    const std::size_t mark = name.rfind(detail::kPartial);
    if (mark == std::string::npos) continue;
    int process = 0;
    const char* end = name.data() + name.size();
    const auto number = std::from_chars(name.data() + mark + detail::kPartial.size(), end, process);
    if (number.ec != std::errc() || number.ptr != end || process <= 0 || process == ::getpid()) continue;
    if (::kill(process, 0) != 0 && errno == ESRCH) stale.push_back(entry->path());
  }
  std::size_t removed = 0;
  for (const auto& path : stale) {
    if (std::filesystem::remove_all(path, failed) > 0 && !failed) ++removed;
  }
  return removed;
}

std::string read_file(const std::filesystem::path& path) {
  namespace detail = atomic_file_detail;
  const detail::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw detail::failure("cannot open the file", path, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) throw detail::failure("cannot read the file", path, errno);
  if (S_ISDIR(status.st_mode)) throw detail::failure("cannot read the file", path, EISDIR);
  std::string bytes(static_cast<std::size_t>(std::max<off_t>(status.st_size, 0)) + 1,
                    '\0');  // + 1: so that the end shows
  std::size_t done = 0;
  for (;;) {
    if (done == bytes.size()) bytes.resize(std::max<std::size_t>(2 * done, 4096));  // pipes and /proc say size 0
    const ssize_t count = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw detail::failure("cannot read the file", path, errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace brenier

// Writing a file so that a reader sees the old content or the new one, never half of it.
//
// The bytes go to "<path>.partial-<pid>", are synced, and take the name by rename(2); then the folder is synced. A full
// disk, a signal or a crash leaves the old file as it was. Partial files are removed on failure. The mode of an
// existing file is kept; a symbolic link stays and its file is replaced; a device or pipe (/dev/stdout) is written
// directly.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace brenier {

// Throws kData with the path, the bytes wanted and the system's reason.
void write_atomically(const std::filesystem::path& path, std::string_view bytes);

// The same for a folder: `fill` writes files into the partial folder it is given; the folder then takes its name.
// An existing folder of that name is replaced.
void write_folder_atomically(const std::filesystem::path& path,
                             const std::function<void(const std::filesystem::path& partial)>& fill);

// Removes files and folders named "*.partial-<pid>" whose process is gone (it was killed while writing). Returns how
// many.
std::size_t remove_stale_partials(const std::filesystem::path& folder);

// The whole file as bytes; throws kData when it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace brenier

// A model file in memory: a zip archive that is whole, checked before anything in it is believed.
//
// Every member's content is compared with its checksum, so a damaged byte is an error and never a wrong prediction. The
// bytes are read once; what was checked is what is loaded.
#pragma once

#include <caffe2/serialize/read_adapter_interface.h>

#include <filesystem>
#include <memory>
#include <string>

namespace brenier::runtime {

class Archive final {
 public:
  // Throws kData: no such file, no archive (saying what it looks like), cut off, a damaged member (by name).
  [[nodiscard]] static Archive open(const std::filesystem::path& path);
  [[nodiscard]] static Archive from_bytes(std::string bytes);

  // The content of extra/brenier.json. Throws kData for an archive without it: some other program's.
  [[nodiscard]] const std::string& description() const;

  // What LibTorch's loader reads from; shares the bytes.
  [[nodiscard]] std::shared_ptr<caffe2::serialize::ReadAdapterInterface> reader() const;

 private:
  struct Content;
  explicit Archive(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

  std::shared_ptr<const Content> content_;
};

}  // namespace brenier::runtime

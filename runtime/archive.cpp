#include "runtime/archive.h"

#include <caffe2/serialize/inline_container.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "runtime/crc32.h"
#include "runtime/model_file.h"
#include "runtime/zip_directory.h"

namespace brenier::runtime {

struct Archive::Content {
  std::string bytes;
  std::optional<std::string> description;
  std::string kind;  // what the archive is when it has no description
};

namespace archive_detail {

constexpr std::string_view kDescription = "extra/brenier.json";
constexpr std::uint64_t kMostInflated = 1032;  // bytes that deflate can make of one

class MemoryReader final : public caffe2::serialize::ReadAdapterInterface {
 public:
  // `owner` keeps the bytes alive.
  MemoryReader(std::shared_ptr<const void> owner, std::string_view bytes) : owner_(std::move(owner)), bytes_(bytes) {}
  [[nodiscard]] std::size_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t pos, void* buf, std::size_t n, const char* /*what*/) const override {
    if (pos >= bytes_.size()) return 0;
    const std::size_t count = std::min<std::size_t>(n, bytes_.size() - pos);
    std::memcpy(buf, bytes_.data() + pos, count);
    return count;
  }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view bytes_;
};

Error not_a_model() {
  return Error(ErrorKind::kData, "the file is no Brenier model")
      .expected("a model.pt written by 'brenier train' or 'brenier export'");
}

std::string looks_like(std::string_view bytes) {
  if (bytes.empty()) return "an empty file";
  if (bytes.starts_with("\x89HDF")) return "an HDF5 file (cells, .h5ad?)";
  const auto head = bytes.substr(0, 16);
  const bool text = std::all_of(head.begin(), head.end(), [](unsigned char c) { return std::isprint(c) != 0; });
  return text ? "a text that begins with '" + std::string(head) + "'" : "a file of another kind";
}

// The name without the folder that all members lie in: "archive/data/0" -> "data/0".
std::string_view inner_name(const std::string& name) {
  const auto slash = name.find('/');
  return slash == std::string::npos ? std::string_view(name) : std::string_view(name).substr(slash + 1);
}

std::string kind_of(const std::vector<ZipMember>& members) {
  const auto has = [&members](std::string_view start) {
    return std::any_of(members.begin(), members.end(),
                       [start](const ZipMember& member) { return inner_name(member.name).starts_with(start); });
  };
  if (has("constants.pkl") || has("code/")) return "a TorchScript file of another program";
  return has("data.pkl") ? "tensors saved by torch.save" : "a zip archive without TorchScript";
}

// LibTorch's message without the place in its sources: "[enforce fail at FILE:LINE] . MESSAGE".
std::string after_place(const std::string& message) {
  const auto place = message.find("] . ");
  return place == std::string::npos ? message : message.substr(place + 4);
}

Error damaged_member(const ZipMember& member) {
  return Error(ErrorKind::kData, "the model file is damaged")
      .found("member '" + member.name + "' is not what was written (its checksum differs)")
      .expected("the file as it was exported: copy or download it again");
}

// The compressed members, which LibTorch inflates.
void check_compressed(const std::vector<ZipMember>& members,
                      std::shared_ptr<caffe2::serialize::ReadAdapterInterface> reader) {
  std::unique_ptr<caffe2::serialize::PyTorchStreamReader> inflater;
  for (const auto& member : members) {
    if (member.method == 0) continue;
    if (member.size > kMostInflated * (member.stored.size() + 1)) throw damaged_member(member);
    try {
      if (!inflater) inflater = std::make_unique<caffe2::serialize::PyTorchStreamReader>(std::move(reader));
    } catch (const c10::Error& error) {
      throw Error(ErrorKind::kData, "LibTorch " TORCH_VERSION " cannot read the model file")
          .found(after_place(error.what_without_backtrace()));
    }
    try {
      const auto [data, size] = inflater->getRecord(std::string(inner_name(member.name)));
      if (crc32({static_cast<const char*>(data.get()), size}) != member.crc) throw damaged_member(member);
    } catch (const c10::Error&) {
      throw damaged_member(member);
    }
  }
}

}  // namespace archive_detail

Archive Archive::open(const std::filesystem::path& path) {
  return with_context(path.string(), [&path] {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      throw Error(ErrorKind::kData, "there is no such model file").expected("the path of a model.pt");
    }
    if (std::filesystem::is_directory(path, error)) {
      throw archive_detail::not_a_model().found("a folder").hint("the model of a run is its model.pt");
    }
    return from_bytes(read_file(path));
  });
}

Archive Archive::from_bytes(std::string bytes) {
  namespace detail = archive_detail;
  if (!begins_like_zip(bytes)) throw detail::not_a_model().found(detail::looks_like(bytes));
  auto content = std::make_shared<Content>();
  content->bytes = std::move(bytes);
  const auto members = zip_members(content->bytes);
  content->kind = detail::kind_of(members);
  const bool ours = std::any_of(members.begin(), members.end(), [](const ZipMember& member) {
    return detail::inner_name(member.name) == detail::kDescription;
  });
  if (!ours) return Archive(std::move(content));  // nothing of it will be used
  for (const auto& member : members) {
    if (member.method != 0) continue;
    if (crc32(member.stored) != member.crc) throw detail::damaged_member(member);
    if (detail::inner_name(member.name) == detail::kDescription) content->description = std::string(member.stored);
  }
  detail::check_compressed(members, std::make_shared<detail::MemoryReader>(content, content->bytes));
  return Archive(std::move(content));
}

const std::string& Archive::description() const {
  if (content_->description) return *content_->description;
  throw archive_detail::not_a_model().found(content_->kind + ": no member " + kModelFileMember);
}

std::shared_ptr<caffe2::serialize::ReadAdapterInterface> Archive::reader() const {
  return std::make_shared<archive_detail::MemoryReader>(content_, content_->bytes);
}

}  // namespace brenier::runtime

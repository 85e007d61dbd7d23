#include "core/io/safetensors.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"

namespace brenier {
namespace safetensors_detail {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLengthBytes = 8;
constexpr const char* kMetadata = "__metadata__";
constexpr std::size_t kTooMany = std::numeric_limits<std::size_t>::max();

// Bytes of an array; kTooMany when the number does not fit or a size is negative.
std::size_t array_bytes(const std::string& dtype, const std::vector<std::int64_t>& shape) {
  std::size_t bytes = safetensors_value_bytes(dtype);
  for (const std::int64_t size : shape) {
    if (size < 0) return kTooMany;
    if (size == 0) bytes = 0;
    if (bytes > (kTooMany - 1) / static_cast<std::size_t>(std::max<std::int64_t>(size, 1))) return kTooMany;
    bytes *= static_cast<std::size_t>(size);
  }
  return bytes;
}

Error bad_array(const std::string& name, const std::string& what, const Json& found) {
  return std::move(Error(ErrorKind::kData, "the array '" + name + "' " + what).found(shortened_json(found, 120)));
}

struct Entry {
  SafetensorsArray array;
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_size(const Json& json) {
  return json.is_number_unsigned() &&
         json.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}

Entry parse_entry(const std::string& name, const Json& json, std::size_t data_bytes) {
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets")) {
    throw bad_array(name, "is described wrongly", json).expected("an object with 'dtype', 'shape' and 'data_offsets'");
  }
  const Json& dtype = json["dtype"];
  const Json& shape = json["shape"];
  const Json& offsets = json["data_offsets"];
  if (!dtype.is_string() || safetensors_value_bytes(dtype.get<std::string>()) == 0) {
    throw bad_array(name, "has an unknown type", dtype)
        .expected("F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 or BOOL");
  }
  if (!shape.is_array() || !std::all_of(shape.begin(), shape.end(), is_size)) {
    throw bad_array(name, "has a wrong shape", shape).expected("a list of whole numbers >= 0");
  }
  if (!offsets.is_array() || offsets.size() != 2 || !is_size(offsets[0]) || !is_size(offsets[1])) {
    throw bad_array(name, "has a wrong byte range", offsets).expected("[begin, end]");
  }
  Entry entry;
  entry.array.name = name;
  entry.array.dtype = dtype.get<std::string>();
  for (const Json& size : shape) entry.array.shape.push_back(size.get<std::int64_t>());
  entry.begin = offsets[0].get<std::size_t>();
  entry.end = offsets[1].get<std::size_t>();
  if (entry.begin > entry.end || entry.end > data_bytes) {
    throw bad_array(name, "lies outside the file", offsets)
        .expected("a range within the " + std::to_string(data_bytes) + " bytes of data");
  }
  const std::size_t wanted = array_bytes(entry.array.dtype, entry.array.shape);
  if (entry.end - entry.begin != wanted) {
    throw bad_array(name, "has a byte range that does not fit its type and shape", json)
        .expected(wanted == kTooMany ? "a shape that a file can hold" : std::to_string(wanted) + " bytes");
  }
  return entry;
}

// The ranges must follow each other without a hole or an overlap, from the first byte to the last.
void check_tiling(std::vector<const Entry*> entries, std::size_t data_bytes) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry* a, const Entry* b) { return std::pair(a->begin, a->end) < std::pair(b->begin, b->end); });
  std::size_t reached = 0;
  for (const Entry* entry : entries) {
    if (entry->begin != reached) {
      throw Error(ErrorKind::kData, "the array '" + entry->array.name + "' " +
                                        (entry->begin < reached ? "overlaps another one" : "leaves a hole before it"))
          .found("its first byte is " + std::to_string(entry->begin))
          .expected(std::to_string(reached));
    }
    reached = entry->end;
  }
  if (reached != data_bytes) {
    throw Error(ErrorKind::kData, "bytes follow the last array")
        .found(std::to_string(data_bytes) + " bytes of data")
        .expected(std::to_string(reached));
  }
}

Safetensors parse(std::shared_ptr<const std::string> storage) {
  const std::string_view bytes = *storage;
  if (bytes.size() < kLengthBytes) {
    throw Error(ErrorKind::kData, "not a safetensors file")
        .found(std::to_string(bytes.size()) + " bytes")
        .expected("at least 8 bytes");
  }
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) length = (length << 8) | static_cast<unsigned char>(bytes[i]);
  if (length > kMaxSafetensorsHeaderBytes || length > bytes.size() - kLengthBytes) {
    throw Error(ErrorKind::kData, "not a safetensors file, or a truncated one")
        .found("a header of " + std::to_string(length) + " bytes in a file of " + std::to_string(bytes.size()))
        .expected("a header that the file holds, of at most " + std::to_string(kMaxSafetensorsHeaderBytes) + " bytes");
  }
  const std::string_view text = bytes.substr(kLengthBytes, length);
  const std::string_view data = bytes.substr(kLengthBytes + length);
  if (text.empty() || text[0] != '{')
    throw Error(ErrorKind::kData, "not a safetensors file").expected("a header that starts with '{'");
  const Json header = parse_json(text, "the header", ErrorKind::kData);
  Safetensors file;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != kMetadata) {
      entries.push_back(parse_entry(name, value, data.size()));
      continue;
    }
    if (!value.is_object() ||
        !std::all_of(value.begin(), value.end(), [](const Json& item) { return item.is_string(); })) {
      throw Error(ErrorKind::kData, "the metadata is not an object of texts").found(shortened_json(value));
    }
    for (const auto& [key, item] : value.items()) file.metadata[key] = item.get<std::string>();
  }
  std::vector<const Entry*> order;
  for (const Entry& entry : entries) order.push_back(&entry);
  check_tiling(std::move(order), data.size());
  for (Entry& entry : entries) {
    entry.array.bytes = data.substr(entry.begin, entry.end - entry.begin);
    file.arrays.push_back(std::move(entry.array));
  }
  file.storage = std::move(storage);
  return file;
}

}  // namespace safetensors_detail

const SafetensorsArray* Safetensors::find(const std::string& name) const {
  const auto found =
      std::find_if(arrays.begin(), arrays.end(), [&](const SafetensorsArray& array) { return array.name == name; });
  return found == arrays.end() ? nullptr : &*found;
}

std::size_t safetensors_value_bytes(const std::string& dtype) {
  static const std::map<std::string, std::size_t> kBytes = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
                                                            {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U64", 8},  {"U32", 4},
                                                            {"U16", 2}, {"U8", 1},  {"BOOL", 1}};
  const auto found = kBytes.find(dtype);
  return found == kBytes.end() ? 0 : found->second;
}

std::string safetensors_to_bytes(const Safetensors& file) {
  namespace detail = safetensors_detail;
  detail::Json header = detail::Json::object();
  if (!file.metadata.empty()) {
    detail::Json& metadata = header[detail::kMetadata] = detail::Json::object();
    for (const auto& [key, value] : file.metadata) metadata[key] = value;
  }
  std::set<std::string> names{detail::kMetadata};
  std::size_t offset = 0;
  for (const SafetensorsArray& array : file.arrays) {
    if (!names.insert(array.name).second) {
      throw Error(ErrorKind::kDefect, "two arrays of one safetensors file have the same name")
          .found("'" + array.name + "'");
    }
    if (safetensors_value_bytes(array.dtype) == 0 ||
        detail::array_bytes(array.dtype, array.shape) != array.bytes.size()) {
      throw Error(ErrorKind::kDefect, "the bytes of the array '" + array.name + "' do not fit its type and shape")
          .found(std::to_string(array.bytes.size()) + " bytes, type '" + array.dtype + "', shape " +
                 detail::Json(array.shape).dump());
    }
    detail::Json entry = detail::Json::object();
    entry["dtype"] = array.dtype;
    entry["shape"] = array.shape;
    entry["data_offsets"] = {offset, offset + array.bytes.size()};
    header[array.name] = std::move(entry);
    offset += array.bytes.size();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const detail::Json::exception&) {
    throw Error(ErrorKind::kDefect, "a name or metadata text of a safetensors file is not UTF-8");
  }
  text.append((detail::kLengthBytes - text.size() % detail::kLengthBytes) % detail::kLengthBytes, ' ');
  std::string bytes;
  bytes.reserve(detail::kLengthBytes + text.size() + offset);
  for (std::size_t i = 0; i < detail::kLengthBytes; ++i) bytes += static_cast<char>((text.size() >> (8 * i)) & 0xFFU);
  bytes += text;
  for (const SafetensorsArray& array : file.arrays) bytes += array.bytes;
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, const Safetensors& file) {
  write_atomically(path, safetensors_to_bytes(file));
}

Safetensors safetensors_from_bytes(std::string bytes, const std::string& name) {
  return with_context(name,
                      [&] { return safetensors_detail::parse(std::make_shared<const std::string>(std::move(bytes))); });
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  return safetensors_from_bytes(read_file(path), path.string());
}

}  // namespace brenier

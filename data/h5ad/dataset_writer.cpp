#include "data/h5ad/dataset_writer.h"

#include <algorithm>
#include <array>

#include "data/h5ad/datatype.h"
#include "data/h5ad/string_values.h"

namespace brenier::data::h5 {
namespace dataset_writer_detail {

// About half a MiB a chunk: whole rows when they fit, parts of a row when they do not.
std::vector<hsize_t> chunk_shape(const std::vector<std::int64_t>& shape, std::size_t value_size) {
  constexpr std::int64_t kTarget = 512 * 1024;
  const std::int64_t most = std::max<std::int64_t>(1, kTarget / static_cast<std::int64_t>(value_size));
  std::vector<hsize_t> chunk(shape.size());
  std::int64_t room = most;
  for (std::size_t i = shape.size(); i-- > 0;) {
    const std::int64_t size = std::clamp<std::int64_t>(shape[i], 1, room);
    chunk[i] = static_cast<hsize_t>(size);
    room = std::max<std::int64_t>(1, room / size);
  }
  return chunk;
}

std::vector<const char*> pointers(const std::vector<std::string>& values) {
  std::vector<const char*> texts;
  texts.reserve(values.size());
  for (const std::string& value : values) {
    require_no_nul(value);
    texts.push_back(value.c_str());
  }
  return texts;
}

}  // namespace dataset_writer_detail

std::int64_t extent_count(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

void check_link_name(const std::string& name) {
  if (!name.empty() && name != "." && name.find('/') == std::string::npos && name.find('\0') == std::string::npos) {
    return;
  }
  throw Error(ErrorKind::kData, "this name cannot be used in an .h5ad file")
      .found("'" + std::string(name.c_str()) + "'")
      .expected("a name that is not empty, is not '.', and has neither '/' nor NUL in it");
}

Properties link_properties() {
  Properties properties(H5Pcreate(H5P_LINK_CREATE), "make link properties");
  check(H5Pset_char_encoding(properties.id(), H5T_CSET_UTF8), "ask for UTF-8 names");
  return properties;
}

Dataset create_dataset(hid_t parent, const std::string& name, const Type& type, const std::vector<std::int64_t>& shape,
                       const Layout& layout, const WriteOptions& options) {
  check_link_name(name);
  const Properties properties(H5Pcreate(H5P_DATASET_CREATE), "make dataset properties");
  check(H5Pset_obj_track_times(properties.id(), false), "keep the time of day out of the file");
  std::vector<hsize_t> sizes(shape.begin(), shape.end());
  std::vector<hsize_t> limits = sizes;
  const int rank = static_cast<int>(sizes.size());
  const bool compressed = layout.compressible && options.compression == Compression::kGzip && rank > 0;
  if (layout.growing && rank > 0) limits[0] = H5S_UNLIMITED;
  if (compressed || (layout.growing && rank > 0)) {
    const auto chunk = dataset_writer_detail::chunk_shape(shape, H5Tget_size(type.id()));
    check(H5Pset_chunk(properties.id(), rank, chunk.data()), "set the chunk size");
  }
  if (compressed) {
    if (H5Tget_size(type.id()) > 1) check(H5Pset_shuffle(properties.id()), "set the shuffle filter");
    check(H5Pset_deflate(properties.id(), static_cast<unsigned>(std::clamp(options.level, 1, 9))),
          "set the gzip filter");
  }
  const Space space(rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, sizes.data(), limits.data()),
                    "describe a shape");
  return {H5Dcreate2(parent, name.c_str(), type.id(), space.id(), link_properties().id(), properties.id(), H5P_DEFAULT),
          "make a dataset"};
}

Dataset write_numeric(hid_t parent, const std::string& name, const NumericArray& array, const WriteOptions& options,
                      bool growing) {
  const Type type = memory_type(array.values);
  Dataset dataset = create_dataset(parent, name, type, array.shape, Layout{true, growing}, options);
  if (extent_count(array.shape) != array.count()) {
    throw Error(ErrorKind::kDefect, "an array has another number of values than its shape says")
        .at("'" + object_path(dataset.id()) + "'")
        .found(std::to_string(array.count()))
        .expected(std::to_string(extent_count(array.shape)));
  }
  std::visit(
      [&](const auto& values) {
        if (values.empty()) return;
        check(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "write values");
      },
      array.values);
  return dataset;
}

Dataset write_strings(hid_t parent, const std::string& name, const StringArray& array, const WriteOptions& options) {
  if (extent_count(array.shape) != static_cast<std::int64_t>(array.values.size())) {
    throw Error(ErrorKind::kDefect, "a text array has another number of values than its shape says")
        .at("'" + object_path(parent) + "/" + name + "'")
        .found(std::to_string(array.values.size()))
        .expected(std::to_string(extent_count(array.shape)));
  }
  if (array.fixed_size == 0) {
    const Type type = string_type();
    Dataset dataset = create_dataset(parent, name, type, array.shape, Layout{false, false}, options);
    const auto texts = dataset_writer_detail::pointers(array.values);
    if (!texts.empty()) {
      check(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data()), "write texts");
    }
    return dataset;
  }
  const auto size = static_cast<std::size_t>(array.fixed_size);
  const Type type(H5Tcopy(H5T_C_S1), "make the string type");
  check(H5Tset_size(type.id(), size), "make the string type");
  check(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "make the string type");
  std::vector<char> bytes(size * array.values.size(), '\0');
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    if (array.values[i].size() > size) {
      throw Error(ErrorKind::kData, "a text is longer than its fixed-length array allows")
          .at("'" + object_path(parent) + "/" + name + "'")
          .found(std::to_string(array.values[i].size()) + " bytes: '" + array.values[i] + "'")
          .expected("at most " + std::to_string(size) + " bytes");
    }
    std::copy(array.values[i].begin(), array.values[i].end(), bytes.begin() + static_cast<std::ptrdiff_t>(i * size));
  }
  Dataset dataset = create_dataset(parent, name, type, array.shape, Layout{}, options);
  if (!bytes.empty()) {
    check(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), "write texts");
  }
  return dataset;
}

Dataset write_opaque(hid_t parent, const std::string& name, const OpaqueArray& array, const WriteOptions& options) {
  const Type type(H5Tdecode(array.type.data()), "understand a stored type");
  const auto expected = static_cast<std::size_t>(extent_count(array.shape)) * H5Tget_size(type.id());
  if (expected != array.bytes.size()) {
    throw Error(ErrorKind::kDefect, "an array has another number of bytes than its shape says")
        .at("'" + object_path(parent) + "/" + name + "'")
        .found(std::to_string(array.bytes.size()))
        .expected(std::to_string(expected));
  }
  Dataset dataset = create_dataset(parent, name, type, array.shape, Layout{}, options);
  if (!array.bytes.empty()) {
    check(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()), "write values");
  }
  return dataset;
}

}  // namespace brenier::data::h5

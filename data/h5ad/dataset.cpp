#include "data/h5ad/dataset.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "data/h5ad/string_values.h"

namespace brenier::data::h5 {
namespace dataset_detail {

struct KnownFilter {
  H5Z_filter_t id;
  const char* name;
};

std::string filter_name(H5Z_filter_t id, const char* stored) {
  static constexpr std::array<KnownFilter, 10> kKnown = {{{4, "szip"},
                                                          {307, "bzip2"},
                                                          {32000, "LZF"},
                                                          {32001, "Blosc"},
                                                          {32004, "LZ4"},
                                                          {32008, "bitshuffle"},
                                                          {32013, "ZFP"},
                                                          {32015, "Zstandard"},
                                                          {32017, "SZ"},
                                                          {32026, "Blosc2"}}};
  for (const KnownFilter& known : kKnown) {
    if (known.id == id) return known.name;
  }
  return stored[0] != '\0' ? "'" + std::string(stored) + "'" : "unknown";
}

Type number_type(hid_t dataset) {
  Type stored = type_of(dataset);
  const Kind kind = kind_of(stored.id());
  if (kind != Kind::kNumeric && kind != Kind::kBool) {
    throw Error(ErrorKind::kData, "a dataset does not hold numbers")
        .at("'" + object_path(dataset) + "'")
        .found(name_of(stored.id()));
  }
  return stored;
}

template <class T>
void check_values(const std::vector<T>& values, hid_t dataset) {
  if constexpr (std::is_same_v<T, Bool>) {
    for (const Bool value : values) {
      if (value.value > 1) {
        throw Error(ErrorKind::kData, "a boolean is neither false nor true")
            .at("'" + object_path(dataset) + "'")
            .found(std::to_string(value.value))
            .expected("0 or 1");
      }
    }
  }
}

}  // namespace dataset_detail

Extent extent_of(hid_t dataset) {
  const Space space(H5Dget_space(dataset), "read the shape of a dataset");
  Extent extent;
  if (H5Sget_simple_extent_type(space.id()) == H5S_NULL) {
    extent.null = true;
    extent.count = 0;
    return extent;
  }
  const int rank = H5Sget_simple_extent_ndims(space.id());
  if (rank < 0) throw library_error("cannot read the shape of a dataset");
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  if (rank > 0) check(H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr), "read the shape of a dataset");
  for (const hsize_t size : sizes) {
    extent.shape.push_back(static_cast<std::int64_t>(size));
    if (extent.shape.back() < 0 || __builtin_mul_overflow(extent.count, extent.shape.back(), &extent.count)) {
      throw Error(ErrorKind::kData, "a dataset has an impossible shape").at("'" + object_path(dataset) + "'");
    }
  }
  return extent;
}

Dataset open_dataset(hid_t parent, const std::string& name) {
  const std::string path = object_path(parent) + (object_path(parent) == "/" ? "" : "/") + name;
  if (H5Lexists(parent, name.c_str(), H5P_DEFAULT) <= 0) {
    throw Error(ErrorKind::kData, "dataset '" + path + "' is missing");
  }
  Object object(H5Oopen(parent, name.c_str(), H5P_DEFAULT), "open a dataset");
  if (H5Iget_type(object.id()) != H5I_DATASET) {
    throw Error(ErrorKind::kData, "'" + path + "' is no dataset").found("a group");
  }
  return {object.release(), "open a dataset"};
}

void check_filters(hid_t dataset) {
  const Properties properties(H5Dget_create_plist(dataset), "read how a dataset is stored");
  const int count = H5Pget_nfilters(properties.id());
  for (int i = 0; i < count; ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t parameters = 0;
    std::array<char, 64> stored{};
    const H5Z_filter_t id = H5Pget_filter2(properties.id(), static_cast<unsigned>(i), &flags, &parameters, nullptr,
                                           stored.size() - 1, stored.data(), &config);
    if (id < 0) throw library_error("cannot read the filters of a dataset");
    if (H5Zfilter_avail(id) > 0) continue;
    throw Error(ErrorKind::kData, "the values are compressed with a filter that this HDF5 library does not have")
        .at("'" + object_path(dataset) + "'")
        .found("filter " + dataset_detail::filter_name(id, stored.data()) + ", id " + std::to_string(id))
        .expected("no compression or gzip")
        .hint(
            "install the filter as an HDF5 plugin (HDF5_PLUGIN_PATH), or rewrite the file in Python: "
            "adata.write_h5ad(path, compression=\"gzip\")");
  }
}

void check_readable(hid_t dataset, std::size_t value_size, std::int64_t max_bytes) {
  const Extent extent = extent_of(dataset);
  if (extent.count > max_bytes / static_cast<std::int64_t>(std::max<std::size_t>(value_size, 1))) {
    throw Error(ErrorKind::kData, "the values do not fit into the memory allowed for one array")
        .at("'" + object_path(dataset) + "'")
        .found(std::to_string(extent.count) + " values of " + std::to_string(value_size) + " bytes")
        .expected("at most " + std::to_string(max_bytes) + " bytes")
        .hint("a damaged file can claim any size; a large file is read in parts");
  }
  check_filters(dataset);
}

NumericArray read_numeric(hid_t dataset, std::int64_t max_bytes) {
  const Type stored = dataset_detail::number_type(dataset);
  const Extent extent = extent_of(dataset);
  NumericArray array{extent.shape, values_for(stored.id())};
  check_readable(dataset, H5Tget_size(stored.id()), max_bytes);
  const Type memory = memory_type(array.values);
  std::visit(
      [&](auto& values) {
        values.resize(static_cast<std::size_t>(extent.count));
        if (values.empty()) return;
        check(H5Dread(dataset, memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "read the values");
        dataset_detail::check_values(values, dataset);
      },
      array.values);
  return array;
}

NumericArray read_numeric_rows(hid_t dataset, std::int64_t begin, std::int64_t end) {
  const Type stored = dataset_detail::number_type(dataset);
  NumericArray array{extent_of(dataset).shape, values_for(stored.id())};
  if (array.shape.empty()) {
    throw Error(ErrorKind::kData, "a dataset is a scalar").at("'" + object_path(dataset) + "'").expected("rows");
  }
  array.shape[0] = end - begin;
  std::int64_t count = 1;
  for (const std::int64_t size : array.shape) count *= size;
  const Type memory = memory_type(array.values);
  std::visit(
      [&](auto& values) {
        values.resize(static_cast<std::size_t>(count));
        read_rows(dataset, begin, end, memory.id(), values.data());
        dataset_detail::check_values(values, dataset);
      },
      array.values);
  return array;
}

StringArray read_strings(hid_t dataset, std::int64_t max_bytes) {
  const Type stored = type_of(dataset);
  const Kind kind = kind_of(stored.id());
  if (kind != Kind::kVlenString && kind != Kind::kFixedString) {
    throw Error(ErrorKind::kData, "a dataset does not hold text")
        .at("'" + object_path(dataset) + "'")
        .found(name_of(stored.id()));
  }
  const Extent extent = extent_of(dataset);
  const std::size_t value_size = kind == Kind::kFixedString ? H5Tget_size(stored.id()) : sizeof(std::string);
  check_readable(dataset, value_size, max_bytes);
  StringArray array{extent.shape, {}, 0};
  const Space space(H5Dget_space(dataset), "read the shape of a dataset");
  array.values = read_string_values(stored.id(), space.id(), extent.count, [&](hid_t memory, void* buffer) {
    return H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
  });
  return array;
}

OpaqueArray read_opaque(hid_t dataset, std::int64_t max_bytes) {
  const Type stored = type_of(dataset);
  if (kind_of(stored.id()) != Kind::kOpaque) {
    throw Error(ErrorKind::kData, "values of this type cannot be kept")
        .at("'" + object_path(dataset) + "'")
        .found(name_of(stored.id()));
  }
  const Extent extent = extent_of(dataset);
  check_readable(dataset, H5Tget_size(stored.id()), max_bytes);
  OpaqueArray array;
  array.shape = extent.shape;
  array.dtype = name_of(stored.id());
  std::size_t length = 0;
  check(H5Tencode(stored.id(), nullptr, &length), "describe a type");
  array.type.resize(length);
  check(H5Tencode(stored.id(), array.type.data(), &length), "describe a type");
  array.bytes.resize(static_cast<std::size_t>(extent.count) * H5Tget_size(stored.id()));
  if (!array.bytes.empty()) {
    check(H5Dread(dataset, stored.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()), "read the values");
  }
  return array;
}

void read_rows(hid_t dataset, std::int64_t begin, std::int64_t end, hid_t type, void* out) {
  if (end <= begin) return;
  const Space space(H5Dget_space(dataset), "read the shape of a dataset");
  const Extent extent = extent_of(dataset);
  std::vector<hsize_t> start(extent.shape.size(), 0);
  std::vector<hsize_t> count(extent.shape.begin(), extent.shape.end());
  for (const hsize_t size : count) {
    if (size == 0) return;
  }
  start[0] = static_cast<hsize_t>(begin);
  count[0] = static_cast<hsize_t>(end - begin);
  check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), "select rows");
  const Space memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), "describe rows");
  check(H5Dread(dataset, type, memory.id(), space.id(), H5P_DEFAULT, out), "read rows");
}

}  // namespace brenier::data::h5

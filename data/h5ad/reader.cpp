#include "data/h5ad/reader.h"

#include <utility>
#include <vector>

#include "data/h5ad/element_io.h"
#include "data/h5ad/frame.h"
#include "data/h5ad/group.h"
#include "data/h5ad/input_file.h"

namespace brenier::data {
namespace reader_detail {

h5::ReadContext context_of(const ReadOptions& options) {
  h5::ReadContext context;
  context.max_bytes = options.max_bytes > 0 ? options.max_bytes : h5::default_max_bytes();
  context.skip_unreadable = options.skip_unreadable;
  return context;
}

DataFrame read_table(hid_t parent, const std::string& name, h5::ReadContext& context) {
  return h5::read_frame(h5::open_child(parent, name).id(), context);
}

RawData read_raw(hid_t file, h5::ReadContext& context) {
  const h5::Object group = h5::open_child(file, "raw");
  RawData raw;
  if (h5::has_child(group.id(), "X")) raw.x = h5::read_element(group.id(), "X", context);
  raw.var = read_table(group.id(), "var", context);
  raw.varm = h5::read_optional_dict(group.id(), "varm", context);
  return raw;
}

}  // namespace reader_detail

AnnData read_h5ad(const std::filesystem::path& path, const ReadOptions& options) {
  return h5::reading(path, [&] {
    const h5::File file = h5::open_h5ad(path);
    h5::ReadContext context = reader_detail::context_of(options);
    AnnData data;
    data.obs = reader_detail::read_table(file.id(), "obs", context);
    data.var = reader_detail::read_table(file.id(), "var", context);
    if (h5::has_child(file.id(), "X")) data.x = h5::read_element(file.id(), "X", context);
    if (data.x && data.x->as<NullElement>() != nullptr) data.x.reset();
    data.layers = h5::read_optional_dict(file.id(), "layers", context);
    data.obsm = h5::read_optional_dict(file.id(), "obsm", context);
    data.varm = h5::read_optional_dict(file.id(), "varm", context);
    data.obsp = h5::read_optional_dict(file.id(), "obsp", context);
    data.varp = h5::read_optional_dict(file.id(), "varp", context);
    data.uns = h5::read_optional_dict(file.id(), "uns", context);
    if (h5::has_child(file.id(), "raw")) data.raw = reader_detail::read_raw(file.id(), context);
    check_shapes(data);
    data.notes = std::move(context.notes);
    return data;
  });
}

Element read_h5ad_element(const std::filesystem::path& path, const std::string& element, const ReadOptions& options) {
  return h5::reading(path, [&] {
    const h5::File file = h5::open_h5ad(path);
    h5::ReadContext context = reader_detail::context_of(options);
    // Step by step, so that the message names the part of the path that is missing.
    h5::Object parent(H5Oopen(file.id(), "/", H5P_DEFAULT), "open the root of the file");
    std::size_t begin = 0;
    for (std::size_t slash = element.find('/'); slash != std::string::npos; slash = element.find('/', begin)) {
      if (slash > begin) parent = h5::open_child(parent.id(), element.substr(begin, slash - begin));
      begin = slash + 1;
    }
    return h5::read_element(parent.id(), element.substr(begin), context);
  });
}

}  // namespace brenier::data

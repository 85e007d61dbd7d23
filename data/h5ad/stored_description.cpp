#include "data/h5ad/stored_description.h"

#include <vector>

#include "data/h5ad/attribute.h"
#include "data/h5ad/dataset.h"
#include "data/h5ad/group.h"
#include "data/h5ad/sparse.h"

namespace brenier::data::h5 {
namespace stored_description_detail {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string describe_dataset(hid_t dataset) {
  const Extent extent = extent_of(dataset);
  if (extent.null) return "null";
  const Type type = type_of(dataset);
  const Kind kind = kind_of(type.id());
  if (extent.shape.empty()) {  // a scalar is its own best description
    constexpr std::int64_t kSmall = 1 << 20;
    if (kind == Kind::kNumeric || kind == Kind::kBool) return describe(Element(read_numeric(dataset, kSmall)));
    if (kind == Kind::kVlenString || kind == Kind::kFixedString) {
      return describe(Element(read_strings(dataset, kSmall)));
    }
  }
  return name_of(type.id()) + " " + shape_text(extent.shape);
}

std::string describe_group(hid_t group) {
  if (is_sparse(group)) {
    const SparseHead head = read_sparse_head(group);
    const std::string dtype = name_of(type_of(open_dataset(group, "data").id()).id());
    return std::string(head.format == SparseFormat::kCsr ? "csr " : "csc ") + dtype + " " +
           shape_text({head.rows, head.cols});
  }
  const std::string type = read_encoding(group).type;
  if (!type.empty() && type != "dict" && type != "dataframe") return type;
  if (type == "dataframe") {
    return "frame with columns " + quoted_list(read_strings_attribute(group, "column-order"), 5);
  }
  const std::vector<std::string> names = child_names(group);
  if (names.empty()) return "empty dict";
  return "dict of " + std::to_string(names.size()) + ": " + quoted_list(names, 5);
}

}  // namespace stored_description_detail

std::string describe_stored(hid_t parent, const std::string& name) {
  try {
    const Object object = open_child(parent, name);
    if (is_group(object.id())) return stored_description_detail::describe_group(object.id());
    if (is_dataset(object.id())) return stored_description_detail::describe_dataset(object.id());
    return "neither group nor dataset";
  } catch (const Error& error) {
    return "unreadable: " + error.message();
  }
}

}  // namespace brenier::data::h5

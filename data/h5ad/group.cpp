#include "data/h5ad/group.h"

#include <algorithm>

#include "core/nearest_name.h"
#include "data/h5ad/dataset_writer.h"

namespace brenier::data::h5 {
namespace group_detail {

herr_t collect(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

bool keeps_creation_order(hid_t group) {
  // The root of a file has no creation properties of its own in every version; by name then.
  const hid_t id = H5Gget_create_plist(group);
  if (id < 0) return false;
  const Properties properties(id, "read how a group is stored");
  unsigned flags = 0;
  if (H5Pget_link_creation_order(properties.id(), &flags) < 0) return false;
  return (flags & H5P_CRT_ORDER_TRACKED) != 0 && (flags & H5P_CRT_ORDER_INDEXED) != 0;
}

}  // namespace group_detail

std::vector<std::string> child_names(hid_t group) {
  std::vector<std::string> names;
  const H5_index_t order = group_detail::keeps_creation_order(group) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  check(H5Literate(group, order, H5_ITER_INC, nullptr, group_detail::collect, &names), "list a group");
  return names;
}

bool has_child(hid_t group, const std::string& name) {
  return !name.empty() && H5Lexists(group, name.c_str(), H5P_DEFAULT) > 0;
}

std::string child_path(hid_t group, const std::string& name) {
  const std::string path = object_path(group);
  return (path == "/" ? "" : path) + "/" + name;
}

Object open_child(hid_t group, const std::string& name) {
  if (!has_child(group, name)) {
    std::vector<std::string> names = child_names(group);
    const auto nearest = std::find(names.begin(), names.end(), nearest_name(name, names));
    if (nearest != names.end()) std::rotate(names.begin(), nearest, nearest + 1);
    throw Error(ErrorKind::kData, "'" + child_path(group, name) + "' is missing").found(quoted_list(names));
  }
  H5L_info_t link{};
  check(H5Lget_info(group, name.c_str(), &link, H5P_DEFAULT), "read a link");
  if (link.type != H5L_TYPE_HARD && link.type != H5L_TYPE_SOFT) {
    throw Error(ErrorKind::kData, "'" + child_path(group, name) + "' is a link into another file")
        .expected("data in the file itself");
  }
  const hid_t id = H5Oopen(group, name.c_str(), H5P_DEFAULT);
  if (id < 0) throw library_error("cannot open '" + child_path(group, name) + "'");
  return {id, "open an object"};
}

bool is_group(hid_t object) { return H5Iget_type(object) == H5I_GROUP; }

bool is_dataset(hid_t object) { return H5Iget_type(object) == H5I_DATASET; }

Group create_group(hid_t parent, const std::string& name, bool large_attributes) {
  check_link_name(name);
  const Properties properties(H5Pcreate(H5P_GROUP_CREATE), "make group properties");
  check(H5Pset_obj_track_times(properties.id(), false), "keep the time of day out of the file");
  if (large_attributes) {
    constexpr unsigned kOrder = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    check(H5Pset_link_creation_order(properties.id(), kOrder), "ask for the order of creation");
    check(H5Pset_attr_creation_order(properties.id(), kOrder), "ask for the order of creation");
  }
  return {H5Gcreate2(parent, name.c_str(), link_properties().id(), properties.id(), H5P_DEFAULT), "make a group"};
}

}  // namespace brenier::data::h5

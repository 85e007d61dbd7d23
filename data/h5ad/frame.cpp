#include "data/h5ad/frame.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "data/h5ad/attribute.h"
#include "data/h5ad/column.h"
#include "data/h5ad/column_writer.h"
#include "data/h5ad/group.h"

namespace brenier::data::h5 {
namespace frame_detail {

Error frame_error(hid_t object, const std::string& message) {
  return Error(ErrorKind::kData, message).at("'" + object_path(object) + "'");
}

void check_encoding(hid_t object) {
  if (!is_group(object)) {
    throw frame_error(object, "the file was written before anndata 0.7, when tables were compound datasets")
        .expected("a table stored as a group")
        .hint("open it in Python and write it again: anndata.read_h5ad(path).write_h5ad(new_path)");
  }
  const Encoding encoding = read_encoding(object);
  const bool known = encoding.type == "dataframe" && (encoding.version == "0.2.0" || encoding.version == "0.1.0");
  if (!known) {
    throw frame_error(object, "a table has an encoding that is not known")
        .found(encoding.type.empty() ? "no encoding-type" : "'" + encoding.type + "' " + encoding.version)
        .expected("'dataframe' 0.2.0 or 0.1.0");
  }
}

void read_index(hid_t group, DataFrame& frame, const ReadContext& context) {
  if (!has_attribute(group, "_index")) {
    throw frame_error(group, "a table does not say which member is its index: attribute '_index' is missing");
  }
  frame.index_name = read_string_attribute(group, "_index");
  Column index = read_column(group, frame.index_name, context);
  if (auto* names = std::get_if<StringColumn>(&index)) {
    frame.index = std::move(*names);
    return;
  }
  for (const auto& label : labels(index)) frame.index.push_back(label.value_or("nan"));
  frame.typed_index = std::move(index);
}

void check_length(hid_t group, const std::string& name, const Column& column, const DataFrame& frame) {
  if (size(column) == frame.rows()) return;
  throw frame_error(group, "column '" + name + "' has another length than the index '" + frame.index_name + "'")
      .found(std::to_string(size(column)) + " rows")
      .expected(std::to_string(frame.rows()) + " rows");
}

}  // namespace frame_detail

DataFrame read_frame(hid_t object, ReadContext& context) {
  frame_detail::check_encoding(object);
  DataFrame frame;
  frame_detail::read_index(object, frame, context);
  std::unordered_set<std::string> seen;
  for (const std::string& name : read_strings_attribute(object, "column-order")) {
    if (!seen.insert(name).second) throw frame_detail::frame_error(object, "column '" + name + "' is listed twice");
    try {
      Column column = read_column(object, name, context);
      frame_detail::check_length(object, name, column, frame);
      frame.columns.emplace_back(name, std::move(column));
    } catch (const Error& error) {
      if (!context.skip_unreadable) throw;
      context.notes.push_back(error.what());
    }
  }
  return frame;
}

void write_frame(hid_t parent, const std::string& name, const DataFrame& frame, const WriteOptions& options) {
  constexpr std::size_t kManyColumns = 1000;  // 16 bytes a name must stay well below 64 KiB
  const Group group = create_group(parent, name, frame.columns.size() > kManyColumns);
  write_encoding(group.id(), {"dataframe", "0.2.0"});
  write_attribute(group.id(), "column-order", frame.names());
  write_attribute(group.id(), "_index", frame.index_name);
  std::unordered_set<std::string> seen;
  for (const auto& [key, column] : frame.columns) {
    if (!seen.insert(key).second) throw frame_detail::frame_error(group.id(), "two columns are named '" + key + "'");
    frame_detail::check_length(group.id(), key, column, frame);
    if (key == frame.index_name) {
      const auto texts = labels(column);
      const bool same = std::equal(texts.begin(), texts.end(), frame.index.begin(), frame.index.end());
      if (!same || key == "_index") {
        throw frame_detail::frame_error(group.id(),
                                        "column '" + key + "' has the name of the index but is not the index")
            .hint("rename the column or the index");
      }
      continue;
    }
    write_column(group.id(), key, column, options);
  }
  const Column index = frame.typed_index ? *frame.typed_index : Column(frame.index);
  frame_detail::check_length(group.id(), frame.index_name, index, frame);
  write_column(group.id(), frame.index_name, index, options);
}

}  // namespace brenier::data::h5

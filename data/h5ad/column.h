// Reading one column of a frame: categorical, nullable, text or numbers.
//
// On disk: `categorical` 0.2.0 (group: codes, categories, attribute ordered), `nullable-integer`, `nullable-boolean`
// 0.1.0 and `nullable-string-array` 0.1.0 (group: values, mask), `string-array` and `array` 0.2.0 (dataset); in
// frames of version 0.1.0 a dataset of codes whose attribute `categories` refers to the categories.
#pragma once

#include <string>

#include "data/h5ad/handle.h"
#include "data/h5ad/read_context.h"
#include "data/table/data_frame.h"

namespace brenier::data::h5 {

// Throws kData for codes outside the categories, repeated categories, masks of another length, other shapes.
[[nodiscard]] Column read_column(hid_t parent, const std::string& name, const ReadContext& context);

// The groups that are also elements of their own in `uns`.
[[nodiscard]] CategoricalColumn read_categorical(hid_t group, const ReadContext& context);
[[nodiscard]] NullableColumn read_nullable(hid_t group, const ReadContext& context);
[[nodiscard]] NullableStringColumn read_nullable_strings(hid_t group, const ReadContext& context);

}  // namespace brenier::data::h5

// Fuzzes what is read of a model file: any bytes as an archive, and as the description inside one. Whatever comes in,
// the outcome is a description that survives being written and read again, or one Error of wrong data. The module
// itself is LibTorch's to load, which happens after the checksums agree; it is not fuzzed here.
// Start from real files: model_fuzz CORPUS (scripts/fuzz makes one).
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/error.h"
#include "runtime/archive.h"
#include "runtime/context_doubts.h"
#include "runtime/context_encoding.h"
#include "runtime/model_file.h"

namespace brenier::model_fuzz {

template <class F>
void only_data_errors(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
  }
}

void read_description(const std::string& text) {
  const auto info = runtime::model_info_from_text(text);
  (void)runtime::input_preprocess(info);
  const auto written = runtime::to_json(info).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (runtime::to_json(runtime::model_info_from_text(written))
          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) != written)
    std::abort();
  for (const auto& context : info.contexts) {
    only_data_errors([&] { (void)runtime::encode_actions(info, context); });
    (void)runtime::encode_covariates(info, context);
    (void)runtime::context_doubts(info.contexts, context);
  }
}

}  // namespace brenier::model_fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = brenier::model_fuzz;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  fuzz::only_data_errors([&] { fuzz::read_description(bytes); });
  fuzz::only_data_errors([&] { fuzz::read_description(brenier::runtime::Archive::from_bytes(bytes).description()); });
  return 0;
}

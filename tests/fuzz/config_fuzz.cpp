// Fuzzes the config reader: a JSON text, then overrides, each after a zero byte. Whatever comes in, the outcome is
// settings that survive being written and read again, or an Error of wrong use.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/config/document.h"
#include "core/config/read.h"
#include "core/config/write.h"
#include "core/error.h"
#include "core/io/json_text.h"
#include "tests/core/config/sample_settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using brenier::tests::SampleSettings;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::size_t end = input.find('\0');
  try {
    auto root = brenier::parse_json(input.substr(0, end), "fuzz");
    if (root.is_object()) root.erase("defaults");  // no files here
    brenier::ConfigDocument document = brenier::document_from(std::move(root), "/folder");
    while (end != std::string_view::npos) {
      const std::size_t start = end + 1;
      end = input.find('\0', start);
      brenier::apply_override(
          document, std::string(input.substr(start, end == std::string_view::npos ? end : end - start)), "/here");
    }
    const auto settings = brenier::read_settings<SampleSettings>(document);
    const auto written = brenier::parse_json(brenier::write_settings(settings).dump(), "written");
    if (!(brenier::read_settings<SampleSettings>(brenier::document_from(written, "/")) == settings)) std::abort();
  } catch (const brenier::Error& error) {
    if (error.kind() != brenier::ErrorKind::kUsage) throw;
  }
  return 0;
}

#include "train/report/html.h"

#include <cstdint>

namespace brenier::train {
namespace html_detail {

// Length of the UTF-8 character that starts at text[i]; 0 when the bytes are no character.
std::size_t character(std::string_view text, std::size_t i) {
  const auto byte = [&text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(i);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  const unsigned char second = byte(i + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return length;
}

}  // namespace html_detail

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = html_detail::character(text, i);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    const char c = text[i];
    if (length > 1) {
      out += text.substr(i, length);
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if (static_cast<unsigned char>(c) >= 0x20 ? c != 0x7F : (c == '\n' || c == '\t')) {
      out += c;
    }
    i += length;
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t limit) {
  std::size_t count = 0;
  std::size_t cut = 0;  // where limit - 1 characters end
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = html_detail::character(text, i);
    i += length == 0 ? 1 : length;
    ++count;
    if (count + 1 == limit) cut = i;
  }
  return count <= limit ? std::string(text) : std::string(text.substr(0, cut)) + "…";
}

HtmlCell text_cell(std::string_view text, std::string style_class) {
  return {escape_html(text), std::move(style_class)};
}

std::string HtmlTable::markup() const {
  const auto cell = [](const char* tag, const char* scope, const HtmlCell& item) {
    const std::string style = item.style_class.empty() ? "" : " class=\"" + item.style_class + "\"";
    return "<" + std::string(tag) + scope + style + ">" + item.content + "</" + tag + ">";
  };
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  for (const HtmlCell& item : head_) out += cell("th", " scope=\"col\"", item);
  out += "</tr></thead><tbody>";
  for (const auto& row : rows_) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      out += i == 0 ? cell("th", " scope=\"row\"", row[i]) : cell("td", "", row[i]);
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string foldable(std::string_view title, const std::string& markup, bool open) {
  return std::string("<details") + (open ? " open" : "") + "><summary>" + escape_html(title) + "</summary>\n" + markup +
         "</details>\n";
}

}  // namespace brenier::train

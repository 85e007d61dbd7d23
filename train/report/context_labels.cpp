#include "train/report/context_labels.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace brenier::train {
namespace context_labels_detail {

// The code points of a text, each as its bytes.
std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> out;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (continues && !out.empty()) {
      out.back() += c;
    } else {
      out.emplace_back(1, c);
    }
  }
  return out;
}

using Characters = std::vector<std::string>;

std::string joined(const Characters& characters, std::size_t begin, std::size_t end) {
  std::string out;
  for (std::size_t i = begin; i < end; ++i) out += characters[i];
  return out;
}

bool is_word(const std::string& character) {
  return character.size() > 1 || std::isalnum(static_cast<unsigned char>(character[0])) != 0 || character == ".";
}

// How many characters all begin with; whole words, and no more than leaves something of each.
std::size_t shared_start(const std::vector<Characters>& labels) {
  std::size_t shared = labels.front().size();
  for (const auto& label : labels) {
    const auto [mine, theirs] = std::mismatch(label.begin(), label.end(), labels.front().begin(), labels.front().end());
    shared = std::min(shared, static_cast<std::size_t>(mine - label.begin()));
  }
  while (shared > 0 && is_word(labels.front()[shared - 1])) --shared;
  return shared;
}

// Actions first, then the values of `columns`.
std::string label_of(const Context& context, bool actions, const std::set<std::string>& columns) {
  std::string label = actions ? actions_to_string(context) : "";
  for (const auto& [column, value] : context.covariates) {
    if (columns.contains(column)) label += (label.empty() ? "" : ", ") + value;
  }
  return label;
}

std::vector<std::string> whole_labels(const std::vector<Context>& contexts) {
  const auto differ = [&](const auto& of) {
    return std::any_of(contexts.begin(), contexts.end(),
                       [&](const Context& context) { return of(context) != of(contexts.front()); });
  };
  const bool actions = differ([](const Context& context) { return context.actions; });
  std::set<std::string> columns;
  std::set<std::string> all;
  for (const Context& context : contexts) {
    for (const auto& [column, value] : context.covariates) all.insert(column);
  }
  for (const std::string& column : all) {
    const auto value = [&](const Context& context) {
      const auto found = context.covariates.find(column);
      return found == context.covariates.end() ? std::string() : found->second;
    };
    if (differ(value)) columns.insert(column);
  }
  const bool alike = !actions && columns.empty();
  std::vector<std::string> labels;
  for (const Context& context : contexts) {
    std::string label = alike ? label_of(context, true, all) : label_of(context, actions, columns);
    if (label.empty()) label = label_of(context, true, all);  // none of the columns that tell the others apart
    labels.push_back(std::move(label));
  }
  return labels;
}

}  // namespace context_labels_detail

std::vector<std::string> context_labels(const std::vector<Context>& contexts, std::size_t limit) {
  using context_labels_detail::Characters;
  using context_labels_detail::joined;
  if (contexts.empty()) return {};
  std::vector<Characters> labels;
  for (const auto& label : context_labels_detail::whole_labels(contexts)) {
    labels.push_back(context_labels_detail::characters(label));
  }
  std::size_t start = 0;
  std::size_t end = 0;
  if (labels.size() > 1) {
    start = context_labels_detail::shared_start(labels);
    auto backwards = labels;
    for (auto& label : backwards) {
      label.erase(label.begin(), label.begin() + static_cast<std::ptrdiff_t>(start));
      std::reverse(label.begin(), label.end());
    }
    end = context_labels_detail::shared_start(backwards);
  }
  std::vector<std::string> out;
  for (const Characters& label : labels) {
    const std::size_t size = label.size();
    if (size <= limit) {
      out.push_back(joined(label, 0, size));
      continue;
    }
    // The end that all share goes first, then the start, each only when it saves more than the ellipsis.
    const bool cut_end = end > 1;
    const bool cut_start = start > 1 && size - (cut_end ? end - 1 : 0) > limit;
    const Characters rest(label.begin() + static_cast<std::ptrdiff_t>(cut_start ? start : 0),
                          label.end() - static_cast<std::ptrdiff_t>(cut_end ? end : 0));
    const std::size_t room = limit - std::min<std::size_t>(limit, (cut_start ? 1 : 0) + (cut_end ? 1 : 0));
    std::string text = joined(rest, 0, rest.size());
    if (rest.size() > room) {
      const std::size_t keep = room > 0 ? room - 1 : 0;
      const std::size_t head = (keep + 1) / 2;
      text = joined(rest, 0, head) + "…" + joined(rest, rest.size() - (keep - head), rest.size());
    }
    out.push_back((cut_start ? "…" : "") + text + (cut_end ? "…" : ""));
  }
  return out;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  const auto characters = context_labels_detail::characters(text);
  const std::set<std::string> between{" ", ",", "+", "/"};  // names
  const std::set<std::string> within{"_", "-"};             // a name
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (characters.size() - begin > width) {
    const std::size_t limit = begin + width;
    const auto last_after = [&](const std::set<std::string>& marks) {
      std::size_t at = characters[limit] == " " ? limit + 1 : limit;  // a space may hang over the edge
      while (at > begin && !marks.contains(characters[at - 1])) --at;
      return at;
    };
    std::size_t end = last_after(between);
    if (2 * (end - begin) <= width) end = std::max(end, last_after(within));
    if (end == begin) end = limit;
    std::string line = context_labels_detail::joined(characters, begin, end);
    while (!line.empty() && line.back() == ' ') line.pop_back();
    lines.push_back(std::move(line));
    begin = end;
  }
  if (begin < characters.size() || lines.empty()) {
    lines.push_back(context_labels_detail::joined(characters, begin, characters.size()));
  }
  return lines;
}

}  // namespace brenier::train

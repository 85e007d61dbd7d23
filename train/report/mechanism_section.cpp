#include "train/report/mechanism_section.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "core/shape.h"
#include "train/evaluation/presentation.h"
#include "train/report/figure.h"
#include "train/report/html.h"
#include "train/report/mask_chart.h"

namespace brenier::train {
namespace mechanism_section_detail {

constexpr std::int64_t kGenes = 10;

// How many actions move each latent; empty for a model without shifts.
std::vector<std::int64_t> users(const models::Mechanisms& mechanisms) {
  const auto values = masked_shifts(mechanisms);
  if (!values.defined()) return {};
  auto moved = values != 0;
  if (mechanisms.masks.defined()) moved = moved.logical_and(mechanisms.masks.to(at::kCPU) > 0.5);
  const auto counts = moved.sum(0).contiguous();
  return {counts.const_data_ptr<std::int64_t>(), counts.const_data_ptr<std::int64_t>() + counts.numel()};
}

// The genes of largest `sign` * effect > 0 with their effects, as a line; empty when there is none.
std::string strongest(const at::Tensor& effects, const std::vector<std::string>& genes, std::int64_t count,
                      double sign) {
  const auto [sizes, places] = (effects * sign).topk(std::min(count, effects.numel()));
  std::string out;
  for (std::int64_t k = 0; k < places.numel(); ++k) {
    const double effect = sign * sizes[k].item<double>();
    if (effect * sign <= 0.0) break;
    out += std::string(out.empty() ? "" : ", ") + "<span class=\"pair\"><span class=\"gene-name\">" +
           escape_html(genes[static_cast<std::size_t>(places[k].item<std::int64_t>())]) + "</span> " +
           escape_html(signed_text(effect)) + "</span>";
  }
  if (out.empty()) return out;
  const std::string way = sign > 0.0 ? "raised" : "lowered";
  return "<div><span class=\"key key-" + way + "\" title=\"" + way + "\"></span> " + out + "</div>";
}

std::string counted(std::int64_t drawn, std::int64_t all, const std::string& what) {
  return drawn < all ? " Drawn: the " + std::to_string(drawn) + " of " + std::to_string(all) + " " + what +
                           " with the largest shifts."
                     : "";
}

std::string heat_map_card(const models::Mechanisms& mechanisms, bool live) {
  if (!mechanisms.shifts.defined()) return {};
  const Figure figure = mask_chart(mechanisms);
  std::string out = "<div class=\"card figure-card\"><h3>Shifts of latents by actions</h3>";
  if (figure.empty()) return out + "<p class=\"note\">No action moves any latent.</p></div>\n";
  out += "<ul class=\"legend\">";
  for (const char* way : {"raised", "lowered"}) {
    out += std::string("<li data-name=\"") + way + "\"><span class=\"key key-" + way + "\"></span>" + way + "</li>";
  }
  const auto largest = masked_shifts(mechanisms).abs().max().item<double>();
  out += "</ul>" + figure_markup(figure, live) + "<p class=\"note\">" +
         (mechanisms.masks.defined() ? "Mask times shift; full" : "Full") + " colour is " +
         escape_html(score_text(largest)) +
         ", blank less than 1 % of it. Rows and columns that are alike stand together." +
         counted(kMaskRows, mechanisms.shifts.size(0), "actions") +
         counted(kMaskColumns, mechanisms.shifts.size(1), "latents") + "</p></div>\n";
  return out;
}

}  // namespace mechanism_section_detail

std::string latent_gene_table(const models::Mechanisms& mechanisms, const std::vector<std::string>& genes,
                              std::int64_t count) {
  check_mechanisms(mechanisms);
  if (!mechanisms.gene_effects.defined()) return {};
  check_shape(mechanisms.gene_effects, "the gene effects of the mechanisms", "[L, G]", {{"G", std::ssize(genes)}});
  const auto effects = mechanisms.gene_effects.to(at::kCPU, at::kDouble);
  const auto users = mechanism_section_detail::users(mechanisms);
  std::vector<std::int64_t> latents(static_cast<std::size_t>(effects.size(0)));
  std::iota(latents.begin(), latents.end(), 0);
  if (!users.empty()) {
    std::stable_sort(latents.begin(), latents.end(), [&](auto a, auto b) {
      return users[static_cast<std::size_t>(a)] > users[static_cast<std::size_t>(b)];
    });
  }
  latents.resize(std::min(latents.size(), static_cast<std::size_t>(kMaskColumns)));
  HtmlTable table({text_cell("latent"), text_cell("genes it moves most")});
  for (const auto latent : latents) {
    std::vector<HtmlCell> row{text_cell(latent_name(latent))};
    if (!users.empty()) {
      const auto count_of = users[static_cast<std::size_t>(latent)];
      row.front().content +=
          "<span class=\"interval\">" + std::to_string(count_of) + (count_of == 1 ? " action" : " actions") + "</span>";
    }
    std::string lines;
    for (const double sign : {1.0, -1.0}) {
      lines += mechanism_section_detail::strongest(effects[latent], genes, count, sign);
    }
    row.push_back({lines.empty() ? "-" : lines, "list"});
    table.add_row(std::move(row));
  }
  return "<div class=\"compact\">" + table.markup() + "</div>";
}

std::string mechanism_section(const models::Mechanisms& mechanisms, const std::vector<std::string>& genes, bool live) {
  const std::string chart = mechanism_section_detail::heat_map_card(mechanisms, live);
  const std::string table = latent_gene_table(mechanisms, genes, mechanism_section_detail::kGenes);
  if (chart.empty() && table.empty()) return {};
  std::string out =
      "<h2>Mechanisms</h2>\n<p class=\"note\">The number and the sign of a latent are the model's own: another run may "
      "give the same mechanism another name and the other sign.</p>\n" +
      chart;
  if (!table.empty()) {
    out += "<div class=\"card\"><h3>Genes of each latent</h3>" + table +
           "<p class=\"note\">What one unit of the latent adds to the log mean of a gene (to its mean with a Gaussian "
           "likelihood), from where control cells are on average.</p></div>\n";
  }
  return out;
}

}  // namespace brenier::train

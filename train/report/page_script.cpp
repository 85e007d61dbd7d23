#include "train/report/page_script.h"

#include "train/report/vega_library.h"

namespace brenier::train {
namespace page_script_detail {

// Colours are variables of the style sheet, which the SVG that Vega draws follows when light turns to dark.
constexpr const char* kScript = R"js("use strict";
(() => {
  if (typeof vegaEmbed === "undefined") return;
  const config = {
    background: null,
    font: getComputedStyle(document.body).fontFamily,
    view: {stroke: null},
    axis: {
      labelColor: "var(--soft)", titleColor: "var(--soft)", gridColor: "var(--grid)", domainColor: "var(--faint)",
      ticks: false, labelPadding: 5, labelFontSize: 11, titleFontSize: 12, titleFontWeight: "normal", tickCount: 5,
      titlePadding: 8
    },
    title: {color: "var(--ink)", fontSize: 12, fontWeight: 650, anchor: "start", frame: "bounds", offset: 6},
    legend: {disable: true}
  };
  const scope = (legend) => legend.closest(".card, section, main");
  const choose = (legend) => {
    const pressed = [...legend.querySelectorAll("[aria-pressed=true]")].map((item) => item.dataset.name);
    legend.classList.toggle("choosing", pressed.length > 0);
    scope(legend).querySelectorAll(".figure").forEach((figure) => (figure.views || []).forEach((view) => {
      try { view.signal("chosen", pressed).runAsync(); } catch (error) { /* a chart without a choice */ }
    }));
  };
  // Rows stand in the page as columns.
  const unpack = (spec) => [spec, ...(spec.layer || [])].forEach((part) => {
    const columns = part.data && part.data.columns;
    if (!columns) return;
    const names = Object.keys(columns);
    part.data = {values: columns[names[0]].map((_, i) => Object.fromEntries(names.map((name) => [name, columns[name][i]])))};
  });
  const draw = async (figure) => {
    if (figure.dataset.state || !figure.clientWidth) return;
    figure.dataset.state = "drawing";
    const live = document.createElement("div");
    live.className = "live";
    figure.append(live);
    try {
      const specs = JSON.parse(figure.querySelector(".specs").textContent);
      specs.forEach(unpack);
      if (specs.length > 1) live.classList.add("panels");
      const places = specs.map(() => live.appendChild(document.createElement("div")));
      const drawn = await Promise.all(specs.map((spec, i) => vegaEmbed(places[i], spec,
        {mode: "vega-lite", renderer: "svg", actions: false, config: config, tooltip: {theme: "page"}})));
      figure.views = drawn.map((one) => one.view);
      figure.classList.add("drawn");
      figure.dataset.state = "drawn";
      document.querySelectorAll(".legend.choosing").forEach(choose);
    } catch (error) {
      live.remove();
      figure.dataset.state = "failed";
      console.warn("a chart stays still: " + error);
    }
  };
  const drawAll = () => document.querySelectorAll(".figure").forEach(draw);
  document.querySelectorAll(".legend [data-name]").forEach((item) => {
    item.setAttribute("role", "button");
    item.setAttribute("tabindex", "0");
    item.setAttribute("aria-pressed", "false");
    const press = () => {
      item.setAttribute("aria-pressed", item.getAttribute("aria-pressed") === "true" ? "false" : "true");
      choose(item.closest(".legend"));
    };
    item.addEventListener("click", press);
    item.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      press();
    });
  });
  document.documentElement.classList.add("scripted");
  document.querySelectorAll("details").forEach((part) => part.addEventListener("toggle", () => {
    if (!part.open) return;
    window.dispatchEvent(new Event("resize"));
    drawAll();
  }));
  window.addEventListener("resize", drawAll);
  drawAll();
})();
)js";

}  // namespace page_script_detail

bool can_draw_live() { return !vega_library().empty(); }

std::string page_policy(bool live) {
  // Vega makes functions from the expressions of a spec, which a policy calls eval.
  return std::string("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ") +
         "'unsafe-inline'; img-src data:" + (live ? "; script-src 'unsafe-inline' 'unsafe-eval'" : "") + "\">\n";
}

std::string page_scripts(bool live) {
  if (!live) return {};
  std::string out = "<script>\n";
  out += vega_library();
  return out + "</script>\n<script>\n" + page_script_detail::kScript + "</script>\n";
}

std::string page_hint(bool live) {
  if (!live) return {};
  return "<p class=\"note scripted-only\">Charts answer: point at a mark for its values, press a name of a legend to "
         "single it out, drag to move and Ctrl + wheel (or pinch) to zoom; a double click brings the whole "
         "back.</p>\n";
}

}  // namespace brenier::train

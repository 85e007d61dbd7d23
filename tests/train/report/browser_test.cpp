// The page as a reader sees it: headless Chromium opens it from a file, without a network, in light and dark, wide and
// as on a phone; every chart is drawn by Vega, nothing complains, legends choose and marks answer.
//
// Screenshots go to report_pages/ in the build folder. Skips without Chromium (BRENIER_CHROMIUM names another one) and
// in builds without Vega-Lite.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/io/atomic_file.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/report/report_example.h"
#include "train/report/page_script.h"
#include "train/report/run_comparison.h"

namespace brenier::train {
namespace browser_test {

struct Output {
  int status = -1;
  std::string text;
};

Output run(const std::string& command) {
  Output output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer;
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.text.append(buffer.data(), n);
  const int status = pclose(pipe);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

// The program's path; empty when there is none.
std::string chromium() {
  if (const char* named = std::getenv("BRENIER_CHROMIUM")) return named;
  std::string path = run("command -v chromium || command -v chromium-browser || command -v google-chrome").text;
  while (!path.empty() && path.back() == '\n') path.pop_back();
  return path;
}

// Runs before all else in the page: keeps what goes wrong.
constexpr const char* kWatch = R"js(<script>
window.wrong = [];
addEventListener("error", (event) => wrong.push("error: " + event.message));
addEventListener("unhandledrejection", (event) => wrong.push("rejection: " + event.reason));
addEventListener("securitypolicyviolation", (event) => wrong.push("policy: " + event.blockedURI));
for (const kind of ["error", "warn"]) console[kind] = (...parts) => wrong.push(kind + ": " + parts.join(" "));
</script>)js";

// Runs last: opens all parts, waits for the charts, uses them, and tells the page around it what it saw.
constexpr const char* kProbe = R"js(<script>
(async () => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  document.querySelectorAll("details").forEach((part) => { part.open = true; });
  const figures = [...document.querySelectorAll(".figure")];
  for (let i = 0; i < 100 && figures.some((one) => !/drawn|failed/.test(one.dataset.state || "")); ++i) await wait(100);
  await wait(300);
  const faded = () => document.querySelectorAll('.marks path[opacity="0.08"], .marks path[opacity="0.05"]').length;
  const seen = {figures: figures.length, faded: [faded()]};
  seen.drawn = figures.filter((one) => one.dataset.state === "drawn" && one.querySelector(".live svg.marks path") &&
    getComputedStyle(one.querySelector(".still")).display === "none").length;
  seen.stills = figures.filter((one) => getComputedStyle(one.querySelector(".still")).display !== "none").length;
  const bounds = (element) => element.getBoundingClientRect();
  seen.clipped = [...document.querySelectorAll(".live svg.marks")].filter((svg) =>
    bounds(svg).right > bounds(svg.closest(".figure")).right + 1 || bounds(svg).width < 120).length;
  const mark = [...document.querySelectorAll(".marks path")].find((one) => one.getAttribute("fill") === "var(--model)");
  seen.fill = mark ? getComputedStyle(mark).fill : "";
  const item = document.querySelector(".legend [role=button]");
  if (item) {
    item.click();
    await wait(300);
    seen.faded.push(faded());
    item.click();
    await wait(300);
    seen.faded.push(faded());
  }
  if (mark) {
    mark.scrollIntoView({block: "center"});
    await wait(100);
    const box = bounds(mark);
    const at = {bubbles: true, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2};
    mark.dispatchEvent(new PointerEvent("pointermove", at));
    await wait(200);
    const tooltip = document.getElementById("vg-tooltip-element");
    seen.tooltip = tooltip ? tooltip.innerText : "";
    mark.dispatchEvent(new PointerEvent("pointerout", at));
    if (tooltip) tooltip.classList.remove("visible");
    scrollTo(0, 0);
  }
  seen.wide = document.documentElement.scrollWidth - innerWidth;
  seen.loaded = performance.getEntriesByType("resource").length;
  seen.wrong = wrong;
  parent.postMessage(JSON.stringify(seen), "*");
})();
</script>)js";

struct View {
  const char* name;
  int width;
  bool dark;
};

// A window is at least 500 pixels wide, a frame is not.
nlohmann::json look(const std::string& browser, const std::string& page, const View& view, const std::string& name) {
  const tests::TempDir folder;
  std::string probed = page;
  probed.insert(probed.find("<title>"), kWatch);
  probed.insert(probed.rfind("</body>"), kProbe);
  write_atomically(folder / "page.html", probed);
  const std::string height = view.width < 500 ? "3600" : "2600";
  write_atomically(
      folder / "frame.html",
      "<!DOCTYPE html><html><head><style>:root{color-scheme:light dark}body{margin:0}iframe{border:0;display:"
      "block}</style></head><body><iframe src=\"page.html\" width=\"" +
          std::to_string(view.width) + "\" height=\"" + height +
          "\"></iframe><script>addEventListener(\"message\",(event)=>{const p=document.createElement("
          "\"pre\");p.hidden=true;p.id=\"seen\";p.textContent=btoa(unescape(encodeURIComponent(event.data)))"
          ";document.body.append(p)})</script></body></html>");
  const std::filesystem::path pictures = BRENIER_TEST_OUTPUT;
  std::filesystem::create_directories(pictures);
  const auto picture = pictures / (name + "_" + view.name + ".png");
  std::filesystem::remove(picture);
  const Output output = run(
      "timeout --kill-after=5 60 '" + browser +
      "' --headless=new --no-sandbox --disable-gpu --hide-scrollbars --no-first-run " +
      "--host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir='" + (folder / "profile").string() + "'" +
      (view.dark ? " --blink-settings=preferredColorScheme=0" : "") + " --window-size=" + std::to_string(view.width) +
      "," + height + " --virtual-time-budget=20000 --screenshot='" + picture.string() + "' --dump-dom 'file://" +
      (folder / "frame.html").string() + "' 2>'" + (folder / "log").string() + "' >'" + (folder / "dom").string() +
      "'; grep -o 'id=\"seen\">[A-Za-z0-9+/=]*' '" + (folder / "dom").string() + "' | cut -d'>' -f2 | base64 -d");
  EXPECT_TRUE(std::filesystem::exists(picture)) << picture << "\n" << read_file(folder / "log");
  auto seen = nlohmann::json::parse(output.text, nullptr, /*allow_exceptions=*/false);
  EXPECT_TRUE(seen.is_object()) << output.text << "\n" << read_file(folder / "log");
  return seen;
}

void expect_all_drawn(const std::string& page, const std::string& name, std::size_t figures) {
  if (!can_draw_live()) GTEST_SKIP() << "this build has no Vega-Lite: scripts/setup fetches it where npm is";
  const std::string browser = chromium();
  if (browser.empty()) GTEST_SKIP() << "no Chromium on this machine";
  for (const View& view : {View{"light", 1180, false}, View{"dark", 1180, true}, View{"phone", 390, false}}) {
    SCOPED_TRACE(view.name);
    const auto seen = look(browser, page, view, name);
    if (!seen.is_object()) continue;
    EXPECT_EQ(seen["wrong"], nlohmann::json::array()) << "errors, warnings, and what the policy refused";
    EXPECT_EQ(seen["figures"], figures);
    EXPECT_EQ(seen["drawn"], figures);
    EXPECT_EQ(seen["clipped"], 0);
    EXPECT_EQ(seen["loaded"], 0);
    EXPECT_LE(seen["wide"].get<int>(), 0) << "the page scrolls sideways";
    EXPECT_EQ(seen["faded"][0], 0);
    EXPECT_GT(seen["faded"][1].get<int>(), 0) << "a name of the legend was pressed";
    EXPECT_EQ(seen["faded"][2], 0) << "and pressed again";
    if (name == "report") {
      EXPECT_EQ(seen["fill"], view.dark ? "rgb(122, 162, 255)" : "rgb(36, 86, 214)");
      EXPECT_NE(seen["tooltip"].get<std::string>().find("0.900"), std::string::npos) << seen["tooltip"];
    }
  }
}

void write_history(const std::filesystem::path& path, double shift) {
  std::string text;
  for (int i = 0; i <= 400; ++i) {
    text += R"({"step":)" + std::to_string(i) + R"(,"stage":"transport","losses":{"f":)" +
            std::to_string(std::exp(-0.01 * i) + 0.1 * std::sin(i) * std::exp(-0.01 * i) + shift) + "}}\n";
    if (i % 50 != 0) continue;
    text += R"({"step":)" + std::to_string(i) + R"(,"stage":"transport","validation":{"r2_mean":)" +
            std::to_string(0.9 - 1.0 / (2 + i)) + R"(},"best":true})" + "\n";
  }
  write_atomically(path, text);
}

TEST(Browser, DrawsEveryChartOfARun) {
  const tests::TempDir folder;
  ReportInput input = report_example();
  write_history(folder / "metrics.jsonl", 0.01);
  input.history = folder / "metrics.jsonl";
  expect_all_drawn(render_report(input), "report", 8);
}

TEST(Browser, DrawsEveryMap) {
  ReportInput input = report_example();
  input.genes = {"x0", "x1"};
  for (auto& one : input.contexts) {
    one.control = one.control.slice(1, 0, 2);
    one.predicted = one.predicted.slice(1, 0, 2);
    one.truth = one.truth.slice(1, 0, 2);
  }
  input.maps = input.contexts;
  input.maps.push_back(input.maps.back());
  input.maps.back().context = make_context({{"IFNB", 1.0}}, {{"cell_type", "CD14+ monocytes of a long name"}});
  input.maps.back().held_out = false;
  expect_all_drawn(render_report(input), "maps", 7);
}

TEST(Browser, DrawsMechanisms) {
  ReportInput input = report_example();
  input.mechanisms = mechanism_example();
  expect_all_drawn(render_report(input), "mechanisms", 7);
}

TEST(Browser, KeepsTheStillChartWhereDrawingFails) {
  if (!can_draw_live()) GTEST_SKIP() << "this build has no Vega-Lite: scripts/setup fetches it where npm is";
  const std::string browser = chromium();
  if (browser.empty()) GTEST_SKIP() << "no Chromium on this machine";
  std::string page = render_report(report_example());
  const std::string open = "class=\"specs\">";
  page.insert(page.find(open) + open.size(), "{");  // no JSON any more
  const auto seen = look(browser, page, {"failed", 1180, false}, "report");
  ASSERT_TRUE(seen.is_object());
  EXPECT_EQ(seen["figures"], 6);
  EXPECT_EQ(seen["drawn"], 5);
  EXPECT_EQ(seen["stills"], 1);
  ASSERT_EQ(seen["wrong"].size(), 1U);
  EXPECT_NE(seen["wrong"][0].get<std::string>().find("warn: a chart stays still"), std::string::npos);
}

TEST(Browser, DrawsRunsSideBySide) {
  const tests::TempDir folder;
  std::vector<ComparedRun> runs;
  for (const double model : {0.9, 0.86, 0.84}) {
    const auto path = folder / ("run_" + std::to_string(runs.size()) + ".jsonl");
    write_history(path, 0.05 * static_cast<double>(runs.size()));
    runs.push_back({"trial-" + std::to_string(runs.size()),
                    report_example(model).evaluation,
                    read_history(path),
                    {{"seed", runs.size()}, {"name", "x"}}});
  }
  expect_all_drawn(render_comparison(runs), "comparison", 4);
}

}  // namespace browser_test
}  // namespace brenier::train

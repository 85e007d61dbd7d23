#include "train/report/style.h"

namespace brenier::train {

std::string chart_style() {
  return R"css(
:root{color-scheme:light dark;--paper:#fafaf7;--card:#ffffff;--ink:#1b1f24;--soft:#5c6570;--faint:#8a929c;--line:#e4e5e0;
--grid:#eceeea;--accent:#2456d6;--accent-soft:#e8eefc;--good:#0b7a4b;--bad:#b3261e;--model:#2456d6;--identity:#8a929c;--mean-shift:#d5670b;
--additive:#b0579a;--nearest:#0f8f6b;--linear:#c09408;--true:#e0662b;--up:#c2410c;--down:#2456d6;
--run1:#2456d6;--run2:#c62828;--run3:#00838f;--run4:#6a3fc4;--run5:#7a4a1e;--run6:#56651a;--shadow:0 1px 2px rgba(20,24,31,.05),0 4px 16px rgba(20,24,31,.04)}
@media(prefers-color-scheme:dark){:root{--paper:#12151a;--card:#1a1e25;--ink:#e7eaee;--soft:#a3acb8;--faint:#78828f;--line:#2b313a;
--grid:#262c35;--accent:#8fb0ff;--accent-soft:#22304f;--good:#5fd09c;--bad:#ff8f85;--model:#7aa2ff;--identity:#8b95a3;--mean-shift:#f59a4a;
--additive:#dd93cb;--nearest:#4fcfa6;--linear:#e5c04b;--true:#ff9460;--up:#ff9460;--down:#7aa2ff;
--run1:#7aa2ff;--run2:#ff7b72;--run3:#4dd0e1;--run4:#b79bff;--run5:#d0a177;--run6:#b7c86a;--shadow:none}}
svg:not(.marks) text{font-family:inherit;fill:var(--soft)}
.tick{font-size:10.5px;font-variant-numeric:tabular-nums}.label{font-size:12px}.label.muted{opacity:.65}
.gene{font-size:10.5px;font-weight:600;fill:var(--ink)!important}
.gene,.halo{paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
.middle{text-anchor:middle}.end{text-anchor:end}
line.grid{stroke:var(--grid);stroke-width:1}
.axis{stroke:var(--faint);stroke-width:1}.row{stroke:var(--line);stroke-width:1}
.diagonal{stroke:var(--faint);stroke-width:1.2;stroke-dasharray:5 4}
.m-model{fill:var(--model)}.m-identity{fill:var(--identity)}.m-mean_shift{fill:var(--mean-shift)}.m-additive{fill:var(--additive)}
.m-nearest_context{fill:var(--nearest)}.m-linear{fill:var(--linear)}.m-ceiling{fill:var(--ink)}.m-other{fill:var(--soft)}
.m-run1{fill:var(--run1)}.m-run2{fill:var(--run2)}.m-run3{fill:var(--run3)}.m-run4{fill:var(--run4)}.m-run5{fill:var(--run5)}.m-run6{fill:var(--run6)}
.curve.c-run1{stroke:var(--run1)}.curve.c-run2{stroke:var(--run2)}.curve.c-run3{stroke:var(--run3)}.curve.c-run4{stroke:var(--run4)}.curve.c-run5{stroke:var(--run5)}.curve.c-run6{stroke:var(--run6)}
.mark{stroke:var(--card);stroke-width:1.2;paint-order:stroke}.m-ceiling.mark{stroke-width:0}
.band{fill:var(--model);opacity:.16}
.curve{fill:none;stroke:var(--model);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.curve-validation{stroke:var(--true)}
.best-line{stroke:var(--faint);stroke-dasharray:3 3}
.best-dot,.dot-other,.dot-changed,.cell{fill:none;stroke-linecap:round}
.best-dot{stroke:var(--good);stroke-width:8}
.dot-other{stroke:var(--faint);stroke-width:3;opacity:.45}
.dot-changed{stroke:var(--model);stroke-width:6.5}
.stem{fill:none;stroke:var(--model);stroke-width:1.2;opacity:.4}
.cell{stroke-width:4.5;opacity:.6}
.cell-control{stroke:var(--identity)}.cell-predicted{stroke:var(--model)}.cell-true{stroke:var(--true)}
.arrow{fill:none;stroke:var(--ink);stroke-width:.9;stroke-linejoin:round;stroke-linecap:round;opacity:.75}
.panel-cell.cell{stroke-width:3.6}
.panel{font-size:12px;font-weight:650;fill:var(--ink)!important}
.heat-ground{fill:var(--grid);opacity:.55}.heat-up{fill:var(--up)}.heat-down{fill:var(--down)}
.heat1{fill-opacity:.125}.heat2{fill-opacity:.25}.heat3{fill-opacity:.375}.heat4{fill-opacity:.5}
.heat5{fill-opacity:.625}.heat6{fill-opacity:.75}.heat7{fill-opacity:.875}
.bar-true{fill:var(--true)}.bar-predicted{fill:var(--model)}
)css";
}

std::string report_style() {
  return chart_style() + R"css(
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:1120px;margin:0 auto;padding:40px 24px 64px}
header{margin-bottom:28px}
h1{font-size:clamp(1.6rem,4.5vw,2.3rem);line-height:1.15;letter-spacing:-.02em;margin:0 0 6px;overflow-wrap:anywhere}
h2{font-size:1.25rem;letter-spacing:-.01em;margin:48px 0 6px}
h3{font-size:.95rem;margin:0 0 2px;font-weight:650}
p{margin:0 0 12px;max-width:72ch}
.lead{font-size:1.08rem}
.muted,.note{color:var(--soft)}
.note{font-size:.88rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px;margin:20px 0 8px}
.tile,.card,details{background:var(--card);border:1px solid var(--line);border-radius:12px;box-shadow:var(--shadow)}
.tile{padding:14px 18px}
.tile b{display:block;font-size:1.9rem;line-height:1.2;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:.86rem}
.tile.first b{color:var(--accent)}
.card{padding:16px 18px;min-width:0}
.card>.note{margin:8px 0 0}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:14px;align-items:start}
.grid.wide{grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr))}
details{padding:0;margin:12px 0}
summary{cursor:pointer;padding:12px 18px;font-weight:600;overflow-wrap:anywhere}
details>*:not(summary){margin-left:18px;margin-right:18px}
details>*:last-child{margin-bottom:18px}
details .card{border:0;box-shadow:none;padding:0}
.scroll{overflow-x:auto;margin:10px 0}
details>.scroll{margin-left:18px;margin-right:18px}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:7px 10px;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
thead th{color:var(--soft);font-weight:600;font-size:.8rem}
tbody th{font-weight:500}
tbody tr:last-child>*{border-bottom:0}
tbody th:first-child,thead th:first-child{position:sticky;left:0;background:var(--card);padding-left:0}
.number{text-align:right}
.best{color:var(--accent);font-weight:700}
.ceiling{color:var(--faint);font-style:italic}
.wrong{color:var(--bad)}
.interval{display:block;color:var(--faint);font-size:.76rem;font-weight:400}
.bars{width:66px}.bars svg{width:64px;height:12px;display:block}
.compact th,.compact td{padding:4px;font-size:.82rem}.compact th:first-child{padding-left:0}
.gene-name{font-weight:600}
pre{overflow-x:auto;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;margin:0}
svg:not(.marks){display:block;width:100%;height:auto;overflow:visible}
.figure{position:relative}
.live{position:absolute;inset:0 0 auto;visibility:hidden}
.drawn>.live{position:static;visibility:visible}
.drawn>.still,.scripted-only{display:none}
.scripted .scripted-only{display:block}.scripted .legend.scripted-only{display:flex}
.live>div,.live .vega-embed{display:block;width:100%;min-width:0}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,220px),1fr));gap:14px 10px}
.panels>div{max-width:420px}
.marks{display:block}
.marks text{paint-order:stroke;stroke-linejoin:round}
#vg-tooltip-element.page-theme{font:inherit;font-size:.82rem;line-height:1.4;background:var(--card);color:var(--ink);border:1px solid var(--line);
border-radius:8px;box-shadow:0 2px 12px rgba(0,0,0,.18);padding:7px 10px;max-width:min(300px,90vw)}
#vg-tooltip-element.page-theme table{width:auto;font-size:inherit}
#vg-tooltip-element.page-theme table tr td{padding:1px 4px;border:0;white-space:normal;max-width:220px;overflow-wrap:anywhere;background:none}
#vg-tooltip-element.page-theme table tr td.key{color:var(--soft);width:auto;height:auto;border-radius:0;display:table-cell;text-align:right}
#vg-tooltip-element.page-theme table tr td.value{font-weight:600}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;padding:0;margin:8px 0 14px;font-size:.86rem;color:var(--soft)}
.legend li{display:flex;align-items:center;gap:5px}
.legend svg{width:18px;height:18px}
.legend [role=button]{cursor:pointer;border-radius:6px;padding:1px 6px;margin:0 -6px;user-select:none}
.legend [role=button]:hover{background:var(--accent-soft)}
.legend [role=button]:focus-visible{outline:2px solid var(--accent)}
.choosing [aria-pressed=false]{opacity:.45}.choosing [aria-pressed=true]{color:var(--ink)}
.legend .key{width:9px;height:9px;border-radius:50%;display:inline-block}
.key-raised{background:var(--up)}.key-lowered{background:var(--down)}
td.list{white-space:normal;min-width:200px}.list .key{width:8px;height:8px;border-radius:50%;display:inline-block}
.pair{white-space:nowrap}.figure-card{max-width:720px;margin-bottom:14px}
.key-control{background:var(--identity)}.key-predicted{background:var(--model)}.key-true{background:var(--true)}
footer{margin-top:48px;padding-top:16px;border-top:1px solid var(--line);color:var(--soft);font-size:.86rem}
@media(max-width:560px){main{padding:24px 14px 48px}.card{padding:14px}.tiles{grid-template-columns:1fr 1fr}.tile{padding:12px 14px}
.tile b{font-size:1.5rem}summary{padding:12px 14px}details>*:not(summary),details>.scroll{margin-left:14px;margin-right:14px}th,td{padding:6px 8px}}
@media print{.drawn>.still{display:block}.drawn>.live,.scripted .scripted-only{display:none!important}body{background:#fff}details{break-inside:avoid}}
)css";
}

}  // namespace brenier::train

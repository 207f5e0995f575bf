"""How our pages look: on a phone, on a wide screen, in the dark and on paper."""

from __future__ import annotations

STYLE = """
:root {
  --ink: #1c2430; --soft: #586374; --faint: #667080; --line: #dfe3e9; --ground: #f6f7f9; --paper: #ffffff;
  --accent: #2f5d8a; --good: #24744a; --warn: #94600d; --bad: #b3261e; --mark: #edf1f6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e8ee; --soft: #a6b0be; --faint: #8f9aa8; --line: #303844; --ground: #12161c; --paper: #1a2029;
    --accent: #86b4e0; --good: #6cc494; --warn: #e0b05c; --bad: #f08a80; --mark: #232b36;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 64rem; margin: 0 auto; padding: 1.25rem 1rem 4rem; }
header { padding: .5rem 0 1rem; }
h1 { font-size: 1.3rem; line-height: 1.25; margin: .4rem 0 .6rem; letter-spacing: -.01em; }
h2 { font-size: 1.1rem; line-height: 1.3; margin: 0 0 .7rem; }
h3 { font-size: .95rem; margin: 1.2rem 0 .4rem; }
p { margin: 0 0 .7rem; max-width: 46rem; }
p:last-child { margin-bottom: 0; }
.eyebrow { color: var(--soft); font-size: .85rem; margin: 0; }
.lead { font-size: 1.1rem; }
.word {
  display: inline-block; padding: .1rem .65rem; border-radius: 1rem; border: 1px solid currentColor;
  font-size: .78rem; font-weight: 650; letter-spacing: .05em; color: var(--accent);
}
.critical { color: var(--bad); } .high { color: var(--warn); } .medium { color: var(--accent); }
.low { color: var(--good); }
section {
  background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; padding: 1.1rem 1.2rem;
  margin: 0 0 1rem;
}
section.alarm { border-color: var(--bad); border-left-width: .3rem; }
ul, ol { margin: 0; padding: 0; list-style: none; }
code, pre, .name { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code, .name { font-size: .9em; }
pre {
  margin: 0 0 .9rem; padding: .65rem .8rem; background: var(--mark); border-radius: .4rem; font-size: .84rem;
  line-height: 1.5; white-space: pre-wrap;
}
pre:last-child { margin-bottom: 0; }
dl { margin: 0; }
dl.pairs > div { padding: .4rem 0; border-top: 1px solid var(--line); }
dl.pairs > div:first-child { border-top: 0; padding-top: 0; }
dl.pairs > div:last-child { padding-bottom: 0; }
dl.pairs > div:has(dt:empty) { border-top: 0; padding-top: 0; break-before: avoid; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; }
.facts { display: grid; gap: .2rem 2rem; margin: .8rem 0 0; }
.clocks { display: grid; gap: .8rem 1rem; grid-template-columns: repeat(2, minmax(0, 1fr)); }
.clocks li { border-top: 3px solid var(--accent); padding-top: .4rem; }
.clocks .not { border-top: 3px dashed var(--line); }
.clocks b { display: block; font-size: .85rem; color: var(--soft); font-weight: 600; }
.clocks strong { display: block; font-size: 1.15rem; line-height: 1.3; font-weight: 650; }
.clocks .not strong { color: var(--faint); font-weight: 500; }
.clocks small, .small { display: block; color: var(--soft); font-size: .8rem; line-height: 1.4; }
.rows > li { padding: .5rem 0; border-top: 1px solid var(--line); }
.rows > li:first-child { border-top: 0; padding-top: 0; }
.rows > li:last-child { padding-bottom: 0; }
.rows time { display: block; color: var(--soft); font-size: .8rem; font-variant-numeric: tabular-nums; }
.rows.counted { list-style: decimal; padding-left: 1.6rem; }
.rows small { display: block; color: var(--soft); font-size: .82rem; line-height: 1.45; }
.state { display: block; font-size: .85rem; line-height: 1.45; }
.open { color: var(--bad); } .done { color: var(--good); }
.tree ul ul { margin-left: .35rem; padding-left: .9rem; border-left: 2px solid var(--line); }
.tree li { padding: .3rem 0; }
.tree small { display: block; color: var(--soft); font-size: .82rem; }
svg { display: block; width: 100%; overflow: visible; }
svg text { font: 11px/1 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--soft); }
svg .label { fill: var(--ink); stroke: var(--paper); stroke-width: 4px; paint-order: stroke; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .lane { stroke: var(--mark); stroke-width: 8; stroke-linecap: round; }
svg .act { stroke: var(--accent); stroke-width: 8; stroke-linecap: round; stroke-opacity: .75; }
svg .act.refused, svg .act.ours, svg .act.failed { stroke-width: 2; }
svg .refused { stroke: var(--warn); }
svg .failed { stroke: var(--bad); }
svg .ours { stroke: var(--good); }
svg .glyph { fill: var(--accent); }
svg .glyph.refused { fill: none; stroke-width: 2.5; }
svg .glyph.ours { fill: var(--good); stroke: none; }
svg .glyph.failed { fill: var(--paper); stroke-width: 2; }
svg .moment { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 2 3; }
svg .badge { fill: var(--ink); }
svg .number { fill: var(--paper); font-size: 10px; font-weight: 700; }
.key { color: var(--soft); font-size: .8rem; margin-top: .7rem; max-width: none; }
.key span { display: inline-block; margin-right: .8rem; }
.key svg { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; vertical-align: -.1rem; }
footer { color: var(--soft); font-size: .8rem; padding-top: .5rem; }
@media (min-width: 44rem) {
  main { padding: 2.5rem 2rem 5rem; }
  h1 { font-size: 2rem; }
  section { padding: 1.4rem 1.6rem; margin-bottom: 1.25rem; }
  .facts { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .clocks { grid-template-columns: repeat(6, minmax(0, 1fr)); }
  dl.pairs > div { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: 0 1.2rem; }
  dt { font-size: .9rem; line-height: 1.7; }
  .rows.dated > li { display: grid; grid-template-columns: 13.5rem minmax(0, 1fr); gap: 0 1.2rem; }
  .rows time { line-height: 1.8; }
}
@media print {
  :root {
    --ink: #000; --soft: #444; --faint: #666; --line: #bbb; --ground: #fff; --paper: #fff; --accent: #2f5d8a;
    --good: #24744a; --warn: #94600d; --bad: #b3261e; --mark: #eee;
  }
  html { font-size: 10pt; }
  body { font-size: 1rem; }
  main, p { max-width: none; }
  main { padding: 0; }
  section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: .8rem 0; margin: 0; }
  li, pre, dl.pairs > div, svg, section:not(:has(li, dl, pre)) { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  svg *, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .clocks { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  @page {
    margin: 15mm 14mm;
    @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #444; }
  }
}
"""

# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The style sheet of the report: light, dark and paper differ in nothing but these variables.

The colours of the series keep apart for readers with any kind of colour blindness; lines differ by stroke as well,
states by shape.
"""

from __future__ import annotations

# names are of the colours on white; on black some are lighter, so that all of them stand out
LIGHT = """
  color-scheme: light;
  --page: #f4f5f7; --surface: #ffffff; --ink: #17202a; --soft: #566370; --line: #d9dee4; --band: #f1f4f8;
  --blue: #1a5ce0; --orange: #e8590c; --green: #08a568; --purple: #b861d0; --brown: #5e4a00; --navy: #083f66;
  --wine: #52062a; --grey: #8b96a1; --red: #b3261e; --good: #00714f; --link: #0b5cad; --code: #f4f5f7;
"""
DARK = """
  color-scheme: dark;
  --page: #11161c; --surface: #1a212a; --ink: #e8edf2; --soft: #a3b0bd; --line: #36414d; --band: #212a35;
  --blue: #3f70dd; --orange: #bd6228; --green: #75f4c0; --purple: #e2cef7; --brown: #e3a90f; --navy: #1fb0f2;
  --wine: #d8146c; --grey: #8894a0; --red: #ff8a80; --good: #5ad6a7; --link: #6db3f5; --code: #11161c;
"""

STYLE = (
    f":root {{{LIGHT}}}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{{DARK}}} }}\n"
    """
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font-variant-numeric: tabular-nums;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main, body > header, body > footer { max-width: 1080px; margin: 0 auto; padding: 0 20px; }
body > header { padding-top: 28px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0; display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; }
h2 { font-size: 20px; margin: 40px 0 12px; }
h3 { font-size: 15px; margin: 0; }
p { margin: 8px 0; }
a { color: var(--link); }
header p, .note, figcaption, footer { color: var(--soft); }
.note { font-size: 13px; overflow-wrap: anywhere; }
.chip { font-size: 13px; font-weight: 600; padding: 2px 10px; border: 1.5px solid currentColor; border-radius: 99px; }
.done, .complete { color: var(--good); }
.failed { color: var(--red); }
.open, .started { color: var(--link); }
.waiting { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 20px 0 0; }
.tiles > div, figure, .box { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
.tiles > div { padding: 10px 14px; min-width: 0; }
.tiles dt { color: var(--soft); font-size: 13px; }
.tiles dd { margin: 0; overflow-wrap: anywhere; }
.tiles dd:first-of-type { font-size: 20px; font-weight: 600; line-height: 1.3; }
.tiles dd + dd { font-size: 13px; color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; margin: 18px 0 0; list-style: none;
  font-size: 14px; }
nav a { display: inline-block; padding: 2px 0; }
figure { margin: 0 0 14px; padding: 14px 16px; }
figcaption { font-size: 13px; margin-top: 8px; overflow-wrap: anywhere; }
figure h4 { font-size: 13px; font-weight: 600; color: var(--soft); margin: 12px 0 0; }
.drawing { width: 100%; min-width: 0; overflow: hidden; }
.drawing svg { display: block; max-width: 100%; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; padding: 0; margin: 6px 0 4px;
  font-size: 13px; color: var(--soft); }
.legend li { display: flex; align-items: center; gap: 7px; }
.legend svg { flex: none; }
.scroll { overflow-x: auto; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: 7px 14px; border-top: 1px solid var(--line); }
thead th { border-top: 0; font-size: 13px; color: var(--soft); font-weight: 600; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.time { white-space: nowrap; }
.words { min-width: 240px; overflow-wrap: anywhere; }
td.wide { border-top: 0; padding-top: 0; max-width: 0; }
td.wide > * { display: block; position: sticky; left: 14px; max-width: min(100%, 100vw - 52px); }
code, pre { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
pre { margin: 6px 0 4px; padding: 10px 12px; background: var(--code); border: 1px solid var(--line); border-radius: 6px;
  white-space: pre-wrap; overflow-wrap: anywhere; max-height: 420px; overflow-y: auto; }
summary { cursor: pointer; color: var(--link); font-size: 13px; }
.box { padding: 12px 16px; }
.box + .scroll { margin-top: 14px; }
.box h3 { margin: 16px 0 4px; }
.box ol { margin: 4px 0; padding-left: 24px; }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 18px; margin: 0; }
dl.facts dt { color: var(--soft); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
body > footer { padding-top: 28px; padding-bottom: 40px; font-size: 13px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
#vg-tooltip-element { position: fixed; z-index: 9; visibility: hidden; padding: 6px 10px; border-radius: 6px;
  font-size: 12px; background: var(--surface); color: var(--ink); border: 1px solid var(--line);
  box-shadow: 0 2px 10px rgb(0 0 0 / 25%); pointer-events: none; max-width: 90vw; }
#vg-tooltip-element.visible { visibility: visible; }
#vg-tooltip-element table { width: auto; font-size: 12px; }
#vg-tooltip-element td { border: 0; padding: 1px 4px; }
#vg-tooltip-element td.key { color: var(--soft); text-align: right; }
@media (max-width: 560px) {
  main, body > header, body > footer { padding-left: 10px; padding-right: 10px; }
  body > header { padding-top: 18px; }
  h1 { font-size: 23px; }
  .tiles { grid-template-columns: 1fr 1fr; }
  figure { padding: 12px 10px; }
  th, td { padding: 7px 10px; }
  td.wide > * { left: 10px; }
  dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dl.facts dd { margin-bottom: 8px; }
}
@media print {
  @page { margin: 14mm; }
  :root { --page: #ffffff; }
  body { font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main, body > header, body > footer { max-width: none; padding: 0; }
  nav { display: none; }
  figure, .tiles, .box, tr, dl.facts, #cost .scroll, #versions .scroll { break-inside: avoid; }
  tr:has(td.wide) { break-inside: auto; break-before: avoid; }
  h2, h3, h4 { break-after: avoid; }
  h2 { margin-top: 24px; }
  .tiles { margin-top: 10px; }
  body > header { padding-top: 0; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  pre { max-height: none; overflow: visible; }
  th, td { padding: 4px 8px; }
  details::details-content { content-visibility: visible; height: auto; }
}
"""
)

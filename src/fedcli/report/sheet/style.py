"""The page's one style: its colours, for light, dark and paper, and how things stand.

It has no quotes, `<`, `>` or `&`, so it is the same when it is escaped; its digest is in the page's policy.
"""

from __future__ import annotations

import base64
import hashlib

#: Colours by what they are for. Texts have 4.5:1 on their grounds, marks of pictures 3:1 (WCAG 2.2).
LIGHT = {
    "paper": "#ffffff",
    "panel": "#f6f7fa",
    "ink": "#1a1d29",
    "muted": "#565c6e",
    "rule": "#d4d8e2",
    "axis": "#6b7183",
    "s1": "#1f55a8",
    "s2": "#a8321f",
    "s3": "#0b6b57",
    "s4": "#77399b",
    "warn": "#7a4300",
    "warnpanel": "#fff4df",
    "bad": "#9b1c1c",
    "badpanel": "#fdeceb",
    "h1": "#eef4fd",
    "h2": "#dbe8fa",
    "h3": "#c4d9f6",
    "h4": "#abc8f1",
}
DARK = {
    "paper": "#12151d",
    "panel": "#1b1f2a",
    "ink": "#e9ebf2",
    "muted": "#a9b0c2",
    "rule": "#343a4a",
    "axis": "#8a92a6",
    "s1": "#86b4ff",
    "s2": "#ff9d8a",
    "s3": "#5fd0b3",
    "s4": "#d4a5f5",
    "warn": "#ffcf85",
    "warnpanel": "#33260f",
    "bad": "#ffaca6",
    "badpanel": "#3a1a1b",
    "h1": "#19263c",
    "h2": "#1d3050",
    "h3": "#223b65",
    "h4": "#28467a",
}

_RULES = """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,Segoe UI,Roboto,Noto Sans,sans-serif;overflow-wrap:break-word}
.sheet{max-width:1000px;margin:0 auto;padding:40px 28px 56px}
h1{font-size:1.9rem;line-height:1.2;letter-spacing:-.015em;margin:0 0 6px;text-wrap:balance}
h2{font-size:1.28rem;line-height:1.3;letter-spacing:-.01em;margin:44px 0 12px;padding-top:14px;
border-top:2px solid var(--ink)}
h3{font-size:1.08rem;margin:30px 0 2px}
h4{font-size:.95rem;margin:22px 0 2px}
p{margin:0 0 10px;max-width:75ch}
section section .meta{margin:0}
.meta,.note,figcaption,caption{color:var(--muted);font-size:.875rem}
.kicker{color:var(--muted);font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;margin:0 0 8px}
.lede{font-size:1.06rem;margin-top:12px}
code,kbd,pre{font-family:ui-monospace,SF Mono,Menlo,Consolas,monospace;font-size:.86em}
pre{background:var(--panel);border:1px solid var(--rule);border-radius:6px;padding:12px 14px;margin:0 0 12px;
white-space:pre-wrap}
a{color:var(--s1);text-underline-offset:3px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(138px,1fr));
gap:12px;margin:24px 0 0;padding:0}
.tiles div{border:1px solid var(--rule);border-radius:8px;padding:11px 14px 12px}
.tiles dt{color:var(--muted);font-size:.82rem}
.tiles dd{margin:2px 0 0;font-size:1.32rem;font-weight:650;line-height:1.25;
font-variant-numeric:tabular-nums}
.tiles dd small{display:block;font-size:.8rem;font-weight:400;color:var(--muted)}
.banner{border:1px solid;border-left-width:6px;border-radius:6px;padding:10px 14px;margin:16px 0 0}
.banner strong{display:block}
.banner p{margin:0;color:var(--ink);max-width:none}
.warn{color:var(--warn);background:var(--warnpanel)}
.bad{color:var(--bad);background:var(--badpanel)}
nav{margin:22px 0 0;font-size:.9rem}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;margin:0;padding:0}
.facts{display:flex;flex-wrap:wrap;gap:4px 26px;margin:10px 0}
.facts div{display:flex;gap:8px;align-items:baseline}
.facts dt{color:var(--muted);font-size:.9rem}
.facts dd{margin:0;font-weight:600;font-variant-numeric:tabular-nums}
.asked{margin:4px 0 10px;font-size:.9rem}
.asked div{display:flex;gap:8px}
.asked.line{display:flex;flex-wrap:wrap;gap:0 22px}
.asked dt{color:var(--muted);min-width:5.5em}.asked.line dt{min-width:0}
.asked dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto;margin:14px 0;overflow-wrap:normal}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;min-width:min(100%,420px)}
caption{text-align:left;padding:0 0 6px;caption-side:top}
th,td{padding:6px 14px 6px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
thead th{border-bottom:1.5px solid var(--ink);vertical-align:bottom;font-weight:600}
tbody th{font-weight:500}
.num{text-align:right;white-space:nowrap;overflow-wrap:normal}
td.num,th.num{padding-left:10px}
tr.of th,tr.of td{padding-top:14px;border-bottom:0;vertical-align:baseline}tr.of th{font-weight:650}
th.in{padding-left:20px;color:var(--muted);font-weight:400}
.gap{border-bottom:2px dotted var(--axis);font-style:italic}
.none{color:var(--muted)}
.status{font-weight:600;white-space:nowrap}
.heat td.num,.heat th.num{padding:7px 14px;min-width:84px}
.heat td.hidden{outline:1.5px dashed var(--axis);outline-offset:-4px}
.heat th{padding-right:14px}
td.h1{background:var(--h1)}td.h2{background:var(--h2)}td.h3{background:var(--h3)}td.h4{background:var(--h4)}
.digest{font-family:ui-monospace,SF Mono,Menlo,Consolas,monospace;font-size:.8em;word-break:break-all}
pre,.why{overflow-wrap:anywhere}
figure{margin:16px 0 6px}
figcaption{margin-top:4px;max-width:80ch}
svg{display:block;width:100%;max-width:760px;height:auto;overflow:visible}
svg text{font:13px system-ui,-apple-system,Segoe UI,Roboto,Noto Sans,sans-serif;fill:var(--ink);
font-variant-numeric:tabular-nums}
svg text.quiet{fill:var(--muted);font-size:12px}
svg text.strong{font-weight:650}
.axis{stroke:var(--axis);stroke-width:1;fill:none}
.grid{stroke:var(--rule);stroke-width:1;fill:none}
.null{stroke:var(--axis);stroke-width:1.25;stroke-dasharray:2 3;fill:none}
.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}
svg .line{stroke:var(--c);stroke-width:2.25;fill:none;stroke-linejoin:round}
svg .s2 .line{stroke-dasharray:9 4}svg .s3 .line{stroke-dasharray:3 3}svg .s4 .line{stroke-dasharray:10 3 3 3}
svg .band{fill:var(--c);fill-opacity:.15;stroke:none}
svg .whisker{stroke:var(--c);stroke-width:1.75;fill:none}
svg .near{stroke:var(--c);stroke-width:7;stroke-opacity:.38;fill:none}
svg .open{stroke:var(--c);stroke-width:1.75;stroke-dasharray:4 4;fill:var(--c);fill-opacity:.1}
svg .s2 .open{stroke-dasharray:9 3}svg .s3 .open{stroke-dasharray:2 2}svg .s4 .open{stroke-dasharray:10 3 3 3}
svg .mark{fill:var(--c);stroke:var(--paper);stroke-width:1}
svg .bar{fill:var(--c)}svg .sure{fill:var(--c);fill-opacity:.3}
svg text.series{fill:var(--c);font-weight:650}
footer{margin-top:48px;padding-top:14px;border-top:1px solid var(--rule);color:var(--muted);font-size:.85rem}
@media screen and (max-width:700px){.sheet{padding:24px 16px}h1{font-size:1.5rem}
figure{overflow-x:auto}svg{min-width:600px}}
@media print{@page{margin:16mm 14mm}body{font-size:10.5pt}table{font-size:8.5pt}
.sheet{max-width:none;padding:0}nav{display:none}
h2,h3,h4,caption{break-after:avoid}figure,tr,.banner,.tiles div,pre{break-inside:avoid}h2{margin-top:26px}
.wide{overflow:visible}thead{display:table-header-group}a{color:inherit;text-decoration:none}
.heat td,.bar,.band,.banner{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def _colours(palette: dict[str, str]) -> str:
    return ":root{" + ";".join(f"--{name}:{colour}" for name, colour in palette.items()) + "}"


#: The whole style; on paper the colours are the light ones.
STYLE = (
    _colours(LIGHT)
    + f"@media screen and (prefers-color-scheme:dark){{{_colours(DARK)}}}"
    + _RULES.replace("\n", "")
)


def policy() -> str:
    """What a browser may do with the page: show it with this style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'none'; script-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )

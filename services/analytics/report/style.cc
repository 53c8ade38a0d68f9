#include "services/analytics/report/style.h"

namespace carillon::analytics {

std::string_view StyleSheet() {
  return R"css(
:root{color-scheme:light dark;--bg:#f6f5f2;--card:#fff;--ink:#1d1f23;--soft:#646a73;--line:#e3e1db;--accent:#2f5d8c;
--accent-soft:#dbe6f1;--good:#2e7d4f;--warn:#b26a00;--bad:#b3261e;--a:#2f5d8c;--b:#7a9fc4;--c:#d9a441}
@media(prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1d2026;--ink:#e9e8e4;--soft:#9aa1ab;--line:#31353d;
--accent:#8ab4e0;--accent-soft:#26384b;--good:#7cc79a;--warn:#e7b15a;--bad:#f0867e;--a:#8ab4e0;--b:#4f779f;--c:#e0b866}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:40px 24px 64px}
header{margin-bottom:28px}
h1{font-size:2rem;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}
h2{font-size:1.1rem;margin:0 0 14px}
.sub,.note{color:var(--soft)}
.sub{margin:0}
.note{font-size:.85rem;margin:12px 0 0}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:22px 24px;margin:0 0 20px}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:12px;background:none;border:0;padding:0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
.tile b{display:block;font-size:1.7rem;line-height:1.15;font-weight:650}
.tile span{color:var(--soft);font-size:.85rem}
.good b{color:var(--good)}.warn b{color:var(--warn)}.bad b{color:var(--bad)}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font:12px system-ui,sans-serif;fill:var(--soft)}
.legend{display:flex;gap:18px;flex-wrap:wrap;margin:0 0 10px;font-size:.85rem;color:var(--soft)}
.legend i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px;vertical-align:-1px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;color:var(--soft);font-size:.85rem;padding-bottom:8px}
th,td{padding:7px 10px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th{color:var(--soft);font-weight:600;font-size:.8rem}
th:first-child,td:first-child,.l{text-align:left}
tbody tr:last-child td{border-bottom:0}
td.id{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.8rem;max-width:16em;overflow:hidden;text-overflow:ellipsis}
.state{display:inline-block;padding:1px 9px;border-radius:99px;font-size:.75rem;font-weight:600;background:var(--accent-soft);
color:var(--accent)}
.state.good{color:var(--good);background:color-mix(in srgb,var(--good) 14%,transparent)}
.state.warn{color:var(--warn);background:color-mix(in srgb,var(--warn) 16%,transparent)}
.state.bad{color:var(--bad);background:color-mix(in srgb,var(--bad) 14%,transparent)}
.goal{margin:0 0 16px}
.goal:last-of-type{margin-bottom:0}
.goal div{display:flex;justify-content:space-between;gap:16px;margin-bottom:5px}
details summary{cursor:pointer;color:var(--accent);font-size:.9rem;margin-top:12px}
footer{color:var(--soft);font-size:.85rem;margin-top:28px}
@media(max-width:640px){.tiles{grid-template-columns:repeat(2,1fr)}main{padding:24px 14px}}
@media print{body{background:#fff}section,.tile{break-inside:avoid}}
)css";
}

}  // namespace carillon::analytics

/** Style of the HTML report. */

export const STYLE = `
:root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1c1d1f;--dim:#5d6066;--line:#e3e3df;--good:#17693a;--goodbg:#e3f3e8;--bad:#a01c1c;--badbg:#fbe6e4;--open:#7a5200;--openbg:#fbf0d6;--nonebg:#eeeeec}
@media(prefers-color-scheme:dark){:root{--bg:#151618;--card:#1c1e21;--ink:#e9e9e6;--dim:#a3a6ac;--line:#303338;--good:#7ed6a0;--goodbg:#173524;--bad:#ff9d94;--badbg:#43201e;--open:#f0c674;--openbg:#3a2e14;--nonebg:#2a2c30}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.75rem 0 .75rem}
h3{font-size:1rem;margin:0 0 .5rem}
p{margin:.5rem 0}
dl{margin:1.25rem 0 0;display:grid;gap:.35rem}
dl div{display:grid;grid-template-columns:9rem 1fr;gap:.75rem}
dt{color:var(--dim)}
dd{margin:0;overflow-wrap:anywhere}
.totals{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.5rem}
.totals li{padding:.4rem .8rem;border-radius:.5rem}
.totals b{font-size:1.15rem}
.not-confirmed{background:var(--badbg);color:var(--bad)}
.not-tested{background:var(--openbg);color:var(--open)}
.confirmed{background:var(--goodbg);color:var(--good)}
.none{background:var(--nonebg);color:var(--dim)}
.badge{display:inline-block;padding:.1rem .6rem;border-radius:1rem;font-size:.85rem;font-weight:600;white-space:nowrap}
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
th,td{text-align:left;vertical-align:top;padding:.6rem .75rem;border-top:1px solid var(--line);overflow-wrap:anywhere}
thead th{border-top:0;color:var(--dim);font-weight:500;font-size:.85rem}
tbody th{white-space:nowrap;font-weight:600}
td:last-child{text-align:right}
.small{margin:.35rem 0 0;padding-left:1.1rem;font-size:.9rem;color:var(--dim)}
.dim{color:var(--dim);font-size:.9rem}
.alert{background:var(--badbg);color:var(--bad);padding:.75rem 1rem;border-radius:.5rem}
.finding{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--bad);border-radius:.5rem;padding:1rem 1.1rem;margin:.9rem 0}
.places{margin:.25rem 0;padding-left:1.1rem}
code{font:.88em ui-monospace,monospace;overflow-wrap:anywhere}
details{margin-top:1rem}
summary{cursor:pointer;color:var(--dim)}
details table{margin-top:.75rem}
@media(max-width:36rem){main{padding:1.5rem 1rem 3rem}dl div{grid-template-columns:1fr;gap:0}thead{display:none}tr{display:grid;grid-template-columns:1fr auto;gap:.15rem .5rem;padding:.6rem .75rem;border-top:1px solid var(--line)}tbody tr:first-child{border-top:0}th,td{border:0;padding:0}td:nth-child(2){grid-column:1/-1;grid-row:2}}
@media print{body{background:#fff}.finding,tr{break-inside:avoid}}
`;

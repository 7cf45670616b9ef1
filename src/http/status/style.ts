/** Colours have a contrast of 4.5 and more on what they stand on, by day and by night; a test measures it. */
export const STYLE = `:root{color-scheme:light dark;
--page:#f4f5f7;--card:#fff;--line:#d5d9e0;--text:#1a1e24;--quiet:#545c68;--link:#0b57b0;
--bad:#b3261e;--warn:#8a5000;--good:#1d6b32;--bad-bg:#fdecea;--warn-bg:#fdf3e1;--good-bg:#e8f5ea;--none-bg:#eceef2;
--bar-bad:#d93025;--bar-warn:#e8a33d;--bar-good:#57a86b}
@media (prefers-color-scheme:dark){:root{
--page:#121519;--card:#1b1f25;--line:#363d47;--text:#e7eaee;--quiet:#a3acb8;--link:#8ab8ff;
--bad:#ff9a90;--warn:#f5bd5c;--good:#7fd394;--bad-bg:#3a1a18;--warn-bg:#33270f;--good-bg:#15301c;--none-bg:#272d35;
--bar-bad:#f2594b;--bar-warn:#d6922c;--bar-good:#3f8a53}}
.bad{--tone:var(--bad);--tone-bg:var(--bad-bg);--sign:"\\2717"}.warn{--tone:var(--warn);--tone-bg:var(--warn-bg);--sign:"!"}
.good{--tone:var(--good);--tone-bg:var(--good-bg);--sign:"\\2713"}.none{--tone:var(--quiet);--tone-bg:var(--none-bg);--sign:"\\25cb"}
*{box-sizing:border-box}
body{margin:0 auto;max-width:90rem;padding:0 1rem 3rem;background:var(--page);color:var(--text);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
h1{font-size:1.1rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .6rem}h3{font-size:1.15rem;margin:0}
h4{font-size:.85rem;margin:0 0 .3rem;color:var(--quiet);font-weight:600}
p{margin:.25rem 0}ul,dl{margin:0;padding:0}
code{font:.9em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--none-bg);padding:.1em .35em;
border-radius:4px;user-select:all}
header{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline;justify-content:space-between;padding:.8rem 0}
.gone main>:not(.headline){filter:grayscale(1)}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.4rem .8rem;z-index:1}
.headline{color:var(--tone);border-radius:10px;padding:.9rem 1.1rem;border-left:8px solid;background:var(--tone-bg)}
.headline.none{color:var(--text)}
.headline .words{font-size:clamp(1.3rem,4.5vw,2rem);line-height:1.25;font-weight:700;margin:0}
.headline p:not(.words),.first{color:var(--text);margin-top:.5rem}
.first{list-style:none}.first li{padding:.3rem 0;border-top:1px solid var(--line)}
.first [href^="./#"]{font-weight:700}
.notice{border:1px solid var(--warn);border-radius:8px;padding:.5rem .8rem;margin:.6rem 0;background:var(--warn-bg)}
.notice.quiet{border-color:var(--line);background:var(--card)}
form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-bottom:.5rem}
input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--quiet);border-radius:6px;padding:.3rem .6rem;
flex:1 1 14rem;max-width:24rem;min-width:0}
input::placeholder{color:var(--quiet);opacity:1}
.counts{list-style:none;display:flex;flex-wrap:wrap;gap:.4rem}
.counts a{display:block;font-size:.9rem;color:var(--tone,var(--text));background:var(--card);border:1px solid var(--line);
border-radius:99px;padding:.25rem .8rem;text-decoration:none}
.counts [aria-current]{border-color:currentColor;box-shadow:inset 0 0 0 1px currentColor}
.copy{display:none;font:inherit;font-size:.8rem;color:var(--link);background:var(--card);border:1px solid var(--line);border-radius:6px;
padding:.05rem .5rem;margin-left:.3rem;cursor:pointer}
.live .copy{display:inline-block}
.asof,.note,.facts,.for,.scale,.clock{color:var(--quiet);font-size:.9rem}
.note:empty{display:none}
.cards{list-style:none;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,25rem),1fr));gap:.7rem;align-items:start}
.card,.panel{background:var(--card);border:1px solid var(--line);border-left:6px solid var(--tone);border-radius:8px;
padding:.7rem .9rem}
.card:has(details[open]),.card:only-child{grid-column:1/-1}
.card:nth-child(n+20){content-visibility:auto;contain-intrinsic-size:auto 9rem}
.card:target{outline:3px solid var(--link)}
.head{display:flex;flex-wrap:wrap;gap:.2rem .6rem;align-items:baseline}
.badge{color:var(--tone);background:var(--none-bg);border:1px solid currentColor;border-radius:6px;padding:0 .5rem;
font-size:.85rem;font-weight:700}
.badge::before,.counts [class]::before,dt::before{content:var(--sign) "\\a0"}
.why{margin-top:.3rem}
.todo{background:var(--tone-bg);border-radius:6px;padding:.4rem .7rem;margin:.4rem 0}
summary{cursor:pointer;color:var(--link);padding:.2rem 0;width:fit-content}
.block{margin:.6rem 0 1rem}
.viewpoints{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13rem),1fr));gap:.5rem}
.viewpoints>div{border:1px solid var(--line);border-top:4px solid var(--tone);border-radius:6px;padding:.4rem .6rem}
dt{font-size:.85rem;font-weight:600;color:var(--tone)}
dd{margin:0}.none>dd{color:var(--quiet)}
.timeline{display:block;width:100%;height:1.6rem;background:repeating-linear-gradient(45deg,var(--none-bg) 0 6px,var(--card) 6px 12px);
border:1px solid var(--line);border-radius:4px}
rect.bad{fill:var(--bar-bad)}rect.warn{fill:var(--bar-warn)}rect.good{fill:var(--bar-good)}rect.veil{fill:var(--card);opacity:.45}
.scale{display:flex;justify-content:space-between;font-size:.8rem;margin:0}
.log{list-style:none}.log li{padding:.15rem 0;border-top:1px solid var(--line);font-size:.95rem}
.log b{color:var(--tone)}
.links{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.9rem}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:left;padding:.35rem .8rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal}
tr:last-child>*{border-bottom:0}thead th{color:var(--quiet);font-size:.85rem}
td:last-child{min-width:14rem}td:nth-child(3){white-space:nowrap}
td.good,td.bad,td.none{color:var(--tone);font-weight:600;white-space:nowrap}
nav ul{list-style:none}nav li{padding:.15rem 0}
pre{overflow-x:auto;background:var(--none-bg);padding:.6rem .8rem;border-radius:6px}pre code{background:none;padding:0;overflow-wrap:normal}
.runbook{max-width:46rem;padding-top:1rem}.runbook h1{font-size:1.4rem}.runbook li{margin:.3rem 0 .3rem 1.3rem}.runbook table{display:block;overflow-x:auto}
footer{color:var(--quiet);font-size:.85rem;margin-top:2rem}
@media (forced-colors:active){.card,.panel,.viewpoints>div{border-color:CanvasText}rect.bad{fill:Mark}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;

/* The pages that the command writes: two palettes with the same names, and what their tables, figures and cards have in common. */

const light = {
  paper: '#ffffff',
  ink: '#1b1f2a',
  quiet: '#5a6274',
  faint: '#c9ced8',
  card: '#f7f8fa',
  good: '#116b3c',
  bad: '#b3261e',
  step: '#3a4256',
  event: '#6a3fb5',
  warn: '#8a5a00',
};

const dark: typeof light = {
  paper: '#14171e',
  ink: '#edf0f6',
  quiet: '#a3acbd',
  faint: '#3d4555',
  card: '#1a1f28',
  good: '#6fd3a0',
  bad: '#ff9b91',
  step: '#b9c2d4',
  event: '#bd9df5',
  warn: '#e0b455',
};

const variables = (palette: Readonly<Record<string, string>>): string =>
  Object.entries(palette)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

/** Colours for a light page and for a dark one; print is always light. */
export const palettes = (
  onLight: Readonly<Record<string, string>>,
  onDark: Readonly<Record<string, string>>,
): string => `
:root{color-scheme:light;${variables(onLight)}}
@media (prefers-color-scheme:dark){@media not print{:root{color-scheme:dark;${variables(onDark)}}}}
`;

export const css = `${palettes(light, dark)}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1152px;margin:0 auto;padding:28px 16px 48px}
h1{font-size:26px;line-height:1.2;margin:0}
h2{font-size:18px;margin:36px 0 8px}
.sub{color:var(--quiet);margin:4px 0 20px}
.place{margin:0 0 10px;color:var(--quiet)}
.place strong{background:var(--event);color:var(--paper);border-radius:4px;padding:2px 8px;margin-right:8px;letter-spacing:.06em}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:12px;margin:0 0 20px}
.facts div{background:var(--card);border:1px solid var(--faint);border-radius:10px;padding:12px 16px}
.facts dt{color:var(--quiet);font-size:13px}
.facts dd{margin:2px 0 0;font-size:24px;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
.facts small{display:block;font-size:13px;font-weight:400;color:var(--quiet)}
.good{color:var(--good)}.bad{color:var(--bad)}
.problems{border-left:4px solid var(--bad);padding:2px 0 2px 14px;margin:0 0 20px;list-style:none}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:7px 12px 7px 0;border-bottom:1px solid var(--faint);vertical-align:top}
thead th{color:var(--quiet);font-weight:500;font-size:13px}
tbody th{font-weight:600}
.number{text-align:right;white-space:nowrap}
.quiet{color:var(--quiet)}
td{overflow-wrap:anywhere}
td.number,td.word{overflow-wrap:normal}
footer{margin-top:40px;color:var(--quiet);font-size:13px;overflow-wrap:anywhere}
@media screen and (max-width:720px){
.facts{grid-template-columns:1fr 1fr}
.facts dd{font-size:20px}
h1{font-size:22px}
.stack thead{display:none}
.stack tr{display:flex;flex-wrap:wrap;gap:0 12px;border-bottom:1px solid var(--faint);padding:7px 0}
.stack td,.stack th{border:0;padding:0}
.stack .long{flex-basis:100%}
.stack [data-head]::before{content:attr(data-head) " ";color:var(--quiet);font-weight:400}
}
@media print{
@page{size:landscape;margin:12mm}
main{padding:0;max-width:none}
h2{break-after:avoid}
tr,figure,.facts div{break-inside:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;

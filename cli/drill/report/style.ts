import { css as pageCss, palettes } from '../../page/style.ts';

/* Two palettes with the same names; the lines are distinct even in greyscale. */
const light = {
  lane: '#f3f5f8',
  served: '#2f7d57',
  'old-fill': '#d7e5fb',
  'old-line': '#3b6fc4',
  'new-fill': '#d3f0ee',
  'new-line': '#13807a',
  'flap-fill': '#d7e5fb',
  'flap-line': '#13807a',
  'none-fill': '#fde6e3',
  'none-line': '#d9695f',
  'busy-fill': '#fdf0d5',
  'busy-line': '#c98a1b',
  'plain-fill': '#e6e9ef',
  'plain-line': '#8b93a5',
  'healthy-fill': '#cfeedd',
  'healthy-line': '#2f8f5f',
  'initial-fill': '#fdf3d9',
  'initial-line': '#b57d14',
  'unhealthy-fill': '#fde6e3',
  'unhealthy-line': '#d9695f',
  'draining-fill': '#eceef2',
  'draining-line': '#8b93a5',
  'run-changed-fill': '#e3d9f7',
  'run-changed-line': '#6a3fb5',
  'run-quiet-fill': '#ffffff',
  'run-quiet-line': '#8b93a5',
  'run-held-fill': '#fdf0d5',
  'run-held-line': '#c98a1b',
  'run-failed-fill': '#fde6e3',
  'run-failed-line': '#c0392f',
  'failed-fill': '#e58a81',
  'failed-line': '#c0392f',
};

const dark: typeof light = {
  lane: '#1c212b',
  served: '#58c08e',
  'old-fill': '#1f3660',
  'old-line': '#7aa5ee',
  'new-fill': '#10423f',
  'new-line': '#4fc4bc',
  'flap-fill': '#1f3660',
  'flap-line': '#4fc4bc',
  'none-fill': '#451f1c',
  'none-line': '#a8524a',
  'busy-fill': '#453410',
  'busy-line': '#a87c2c',
  'plain-fill': '#2a303c',
  'plain-line': '#7a8499',
  'healthy-fill': '#173f2b',
  'healthy-line': '#58c08e',
  'initial-fill': '#443511',
  'initial-line': '#d5a344',
  'unhealthy-fill': '#451f1c',
  'unhealthy-line': '#a8524a',
  'draining-fill': '#262b35',
  'draining-line': '#7a8499',
  'run-changed-fill': '#392a5a',
  'run-changed-line': '#bd9df5',
  'run-quiet-fill': '#14171e',
  'run-quiet-line': '#7a8499',
  'run-held-fill': '#453410',
  'run-held-line': '#a87c2c',
  'run-failed-fill': '#451f1c',
  'run-failed-line': '#ef7f75',
  'failed-fill': '#a4463d',
  'failed-line': '#ef7f75',
};

export const css = `${pageCss}${palettes(light, dark)}
figure{margin:0}
figure svg{display:block;max-width:100%;height:auto;font-family:inherit}
.narrow{display:none}
.patterns{position:absolute}
.legend{display:flex;flex-wrap:wrap;gap:6px 18px;margin:14px 0 0;padding:0;list-style:none;font-size:13px;color:var(--quiet)}
.legend li{display:flex;align-items:center;gap:7px}
.swatch{flex:none}
.mark{color:var(--event)}
.badge{display:inline-block;width:20px;height:20px;line-height:20px;border-radius:50%;background:var(--step);color:var(--paper);text-align:center;font-size:12px;font-weight:700}
.total td,.total th{border-bottom:0;font-weight:650}
.columns{display:grid;grid-template-columns:1fr 1fr;gap:0 40px}
.columns th{width:44%}
.narrow svg{width:100%}
.columns{display:block}
@media screen and (max-width:720px){
.wide{display:none}.narrow{display:block}
.narrow svg{width:100%}
.columns{display:block}
}
`;

/* Patterns that distinguish every state without colour. They are in an SVG of their own, since both charts use them. */

const size = 8;

const flat = (name: string): string => pattern(name, '');

function pattern(name: string, lines: string, unit = size): string {
  const box = `width="${unit}" height="${unit}"`;
  return (
    `<pattern id="tone-${name}" patternUnits="userSpaceOnUse" ${box}>` +
    `<rect ${box} style="fill:var(--${name}-fill)"/>${lines}</pattern>`
  );
}

const path = (name: string, d: string, width = 1): string =>
  `<path d="${d}" style="stroke:var(--${name}-line);stroke-width:${width};fill:none"/>`;
const rising = 'M-2,2l4,-4M0,8l8,-8M6,10l4,-4';
const falling = 'M-2,6l4,4M0,0l8,8M6,-2l4,4';

const drawn = [
  flat('old'),
  pattern('new', path('new', 'M0,7.5h8', 0.5)),
  pattern('flap', path('flap', 'M2,0v8M6,0v8', 0.9)),
  pattern('none', path('none', rising + falling, 0.8)),
  pattern('busy', path('busy', rising, 0.8)),
  flat('plain'),
  flat('healthy'),
  pattern('initial', '<circle cx="4" cy="4" r="1.1" style="fill:var(--initial-line)"/>'),
  pattern('unhealthy', path('unhealthy', rising + falling, 0.8)),
  pattern('draining', path('draining', falling, 0.8)),
  flat('run-changed'),
  flat('run-quiet'),
  pattern('run-held', path('run-held', rising, 0.8)),
  pattern('run-failed', path('run-failed', rising + falling, 0.8)),
  pattern('failed', path('failed', 'M0,2h8', 1.2), 4),
].join('');

/** Not `display: none`: browsers would drop the patterns. */
export const patternsSvg = `<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>${drawn}</defs></svg>`;

export const swatch = (tone: string): string =>
  `<svg class="swatch" width="28" height="14" aria-hidden="true"><rect x="0.5" y="0.5" width="27" height="13" rx="3" ` +
  `style="fill:url(#tone-${tone});stroke:var(--${tone}-line)"/></svg>`;

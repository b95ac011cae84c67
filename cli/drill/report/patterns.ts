/* Patterns, so that every state can be told without colour. They live in an SVG of their own: both charts use them. */

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

/** Not `display: none`, with which browsers forget the patterns. */
export const patternsSvg = `<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>${drawn}</defs></svg>`;

export const swatch = (tone: string): string =>
  `<svg class="swatch" width="28" height="14" aria-hidden="true"><rect x="0.5" y="0.5" width="27" height="13" rx="3" ` +
  `style="fill:url(#tone-${tone});stroke:var(--${tone}-line)"/></svg>`;

import { randomInt } from 'node:crypto';
import { inspect, stripVTControlCharacters } from 'node:util';
import { visible } from '../../lib/visible.ts';

const names = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const;

/** Each styles a part of a line. */
export type Colours = Readonly<Record<(typeof names)[number], (text: string) => string>>;

/** Marks our own styles until they are printed: quoted text cannot contain it, so it cannot style anything. */
const secret = Array.from({ length: 4 }, () => randomInt(1000, 10_000)).join(';');
const mark = `\u001b[${secret};`;

const styled = ([begin, end]: readonly number[]) => `${mark}${begin}m ${mark}${end}m`.split(' ');

export const coloursOf = (isColoured: boolean): Colours =>
  Object.fromEntries(
    names.map((name) => {
      const [begin, end] = isColoured ? styled(inspect.colors[name] ?? []) : ['', ''];
      return [name, (text: string) => `${begin}${text}${end}`];
    }),
  ) as Colours;

/** The line for a terminal: with our styles, and every other invisible character escaped. */
export const printed = (line: string): string =>
  line
    .split(mark)
    .map((part, index) => {
      const [code = ''] = index === 0 ? [] : (/^\d+m/.exec(part) ?? []);
      return `${code && '\u001b['}${code}${visible(part.slice(code.length))}`;
    })
    .join('');

export const widthOf = (text: string): number => stripVTControlCharacters(printed(text)).length;

import { widthOf } from './styles.ts';

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Words broken into lines of at most `width`; a longer word is cut, unless it is to stay whole for copying. */
export function wrap(text: string, width: number, { cuts = true } = {}): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((one) => (cuts ? pieces(one, width) : [one]))) {
    if (line && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line];
}

/**
 * Broken at words to fit a terminal; names and ARNs stay whole. Further lines are indented: quoted text may be long enough to begin one.
 */
export function hung(text: string, width: number): string[] {
  const [first = '', ...rest] = wrap(text, width, { cuts: false });
  const under = wrap(rest.join(' '), width - 2, { cuts: false }).map((line) => `  ${line}`);
  return rest.length === 0 ? [first] : [first, ...under];
}

function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const cut: string[] = [];
  for (let start = 0; start < word.length; start += width) cut.push(word.slice(start, start + width));
  return cut;
}

const gap = '  ';

/**
 * Rows in columns that fit into `width`: each column is as wide as its widest cell, and the last one is wrapped. Cells may be
 * coloured, but for those of the last column, which are coloured after the wrap by `paintLast`.
 */
export function table(
  rows: readonly (readonly string[])[],
  width: number,
  paintLast: (text: string, row: number) => string = (text) => text,
): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + gap.length, 0);
  const room = Math.max(20, width - before);
  return rows.flatMap((row, index) => {
    const head = widths.slice(0, -1).map((one, column) => pad(row[column] ?? '', one) + gap);
    return wrap(row[columns - 1] ?? '', room).map((line, lineIndex) =>
      `${lineIndex === 0 ? head.join('') : ' '.repeat(before)}${paintLast(line, index)}`.trimEnd(),
    );
  });
}

/** A value as JSON, line by line. */
export const jsonLines = (value: unknown, indent = 2): string[] => JSON.stringify(value, null, indent).split('\n');

/** A word quoted for a shell: operators copy commands that contain names from elsewhere. */
export const quoted = (text: string): string =>
  /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The command that deploys an entry of this file. */
export const deployWith = (name: string, file: string): string =>
  `npx --no -- cdk deploy ${name}${file === 'databases.json' ? '' : ` -c databases=${quoted(file)}`}`;

/**
 * Line ranges (`file:from-to`, counted from 1) of every tenth top-level statement, from the given one (0 to 9) on. The ten tenths are the whole, and no
 * mutant lies in two.
 */
export function tenthOf(sources: Readonly<Record<string, string>>, which: number): readonly string[] {
  const all = Object.entries(sources).flatMap(([file, source]) => {
    const starts = statementsOf(source.split('\n'));
    return starts.map((from, index) => `${file}:${from + 1}-${starts[index + 1] ?? source.split('\n').length}`);
  });
  return all.filter((_, index) => index % 10 === which);
}

/** Indices of the lines with which a statement begins; as the formatter leaves them, none is indented, and an empty line stands before. */
const statementsOf = (lines: readonly string[]): readonly number[] =>
  lines.flatMap((line, index) => (index === 0 || (/^\S/.test(line) && lines[index - 1] === '') ? [index] : []));

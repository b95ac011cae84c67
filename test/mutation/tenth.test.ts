import { expect, test } from 'vitest';
import { tenthOf } from './tenth.ts';

const statement = (index: number) => `const a${index} = () => {\n\n  return ${index};\n};\n\n`;
const sources = {
  'lib/a.ts': Array.from({ length: 14 }, (_, index) => statement(index)).join(''),
  'lib/b.ts': 'import x from "x";\n\nexport const b = x;\n',
};

const linesOf = (range: string) => {
  const [file, lines = ''] = range.split(':');
  const [from = 0, to = 0] = lines.split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, index) => `${file}:${from + index}`);
};

test('the tenths are the whole together, and no line is in two', () => {
  const lines = Array.from({ length: 10 }, (_, which) => tenthOf(sources, which))
    .flat(2)
    .flatMap(linesOf);
  expect(new Set(lines).size).toBe(lines.length);
  const all = Object.entries(sources).flatMap(([file, source]) => linesOf(`${file}:1-${source.split('\n').length}`));
  expect(new Set(lines)).toEqual(new Set(all));
});

test('a statement is in one piece, and the count goes on in the next file', () => {
  expect(tenthOf(sources, 4)).toEqual(['lib/a.ts:21-25', 'lib/b.ts:1-2']);
  expect(tenthOf(sources, 5)).toEqual(['lib/a.ts:26-30', 'lib/b.ts:3-4']);
});

import { describe, expect, test } from 'vitest';
import { judge, type MutationReport, percent } from './survivors.ts';

const source = 'const a = 1;\nconst both = one &&\n  other;\n';
const at = (line: number, column: number, endLine: number, endColumn: number) => ({
  start: { line, column },
  end: { line: endLine, column: endColumn },
});
const one = { mutatorName: 'X', replacement: '2', location: at(1, 11, 1, 12) };
const two = { mutatorName: 'X', replacement: 'true', location: at(2, 14, 3, 8) };
const named = { one: 'lib/a.ts: const a = 1; | 1 → 2', two: 'lib/a.ts: const both = one && | one && other → true' };
const report = (status: string, other = 'Killed'): MutationReport => ({
  files: {
    'lib/a.ts': {
      source,
      mutants: [
        { ...one, status },
        { ...two, status: other },
      ],
    },
  },
});
const listing = (...mutants: string[]) => [{ reason: 'it only changes the pace', mutants }];

describe('the list of survivors', () => {
  test.each(['Survived', 'NoCoverage'])('has to name each mutant that is %s, by file, line and change', (status) => {
    expect(judge(report(status), []).unlisted).toEqual([named.one]);
    expect(judge(report(status, status), listing(named.one)).unlisted).toEqual([named.two]);
    expect(judge(report(status), listing(named.one))).toMatchObject({ unlisted: [], outdated: [] });
  });

  test('may not name a mutant that is killed, or that is no more', () => {
    expect(judge(report('Killed'), listing(named.one)).outdated).toEqual([named.one]);
    expect(judge(report('Killed'), listing('lib/a.ts: gone | 1 → 2')).outdated).toEqual(['lib/a.ts: gone | 1 → 2']);
  });

  test.each(['Timeout', 'Ignored'])(
    'may name one that a slow machine has cut or a quick run left out (%s), and ones of files that were not mutated',
    (status) => {
      expect(judge(report(status), listing(named.one, 'lib/other.ts: x | 1 → 2'))).toMatchObject({
        unlisted: [],
        outdated: [],
      });
    },
  );
});

test('the score counts what was killed or cut, of all that ran', () => {
  const { scores } = judge(report('Survived', 'Timeout'), []);
  expect(scores).toEqual([{ file: 'lib/a.ts', killed: 0, timedOut: 1, survived: 1, uncovered: 0 }]);
  expect(percent(scores)).toBe(50);
  expect(percent([])).toBe(0);
});

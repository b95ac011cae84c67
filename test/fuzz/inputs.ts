import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';

/* How many inputs, and what hostile ones look like. `npm run fuzz -- --runs 1000000` sets the number; `npm test` takes a few hundred. */

/** `usual`: how many in `npm test`, which tries the same ones every time; the long mode draws new ones unless told a seed. */
export const runs = (usual: number): { numRuns: number; seed?: number } => {
  const { FUZZ_RUNS, FUZZ_SEED = FUZZ_RUNS ? undefined : '1', FUZZ_TITLES } = process.env;
  if (FUZZ_TITLES) appendFileSync(FUZZ_TITLES, `${expect.getState().currentTestName}\n`);
  return { numRuns: Number(FUZZ_RUNS ?? usual), ...(FUZZ_SEED ? { seed: Number(FUZZ_SEED) } : {}) };
};

// Most inputs end in an error that is expected, and its stack takes longer than all the rest.
if (process.env.FUZZ_RUNS) Error.stackTraceLimit = 0;

/** A run of the long mode takes hours at most, never for ever. */
export const timeout = process.env.FUZZ_RUNS ? 24 * 3_600_000 : 60_000;

/** Any character. The unit `binary` is the same, with a map of all 1,112,064 that takes each process a second to make. */
export const character = fc.nat(0x10f7ff).map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

/** Text that has broken parsers before, beside text of any kind. */
export const hostileText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: character, maxLength: 60 }) },
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '',
    ' ',
    '\0',
    '\u202e',
    '\ud800',
    '10.0.9.9:1',
    '169.254.169.254',
    '-1',
    '1e999',
    'NaN',
    '%s%n%x',
    '../../etc/passwd',
    'a'.repeat(5000),
    '-'.repeat(5000),
    ','.repeat(2000),
    '.'.repeat(300),
  ),
);

/** One of the good values most of the time, so that what is hostile is reached behind it. */
export const mostly = <T>(good: fc.Arbitrary<T>, hostile: fc.Arbitrary<unknown> = anything): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: hostile });

export const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 4, stringUnit: character }),
  hostileText,
  fc.constantFrom(null, undefined, [], {}, [[]], true, 0, -1, 2 ** 53, 1e308),
);

/** A text with one piece cut out, doubled, or replaced. */
export const mangled = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      text,
      fc.nat(),
      fc.nat(40),
      fc.oneof(fc.constant(''), hostileText, fc.constantFrom('<', '>', '&', '"', '{', ']', ',')),
    )
    .map(([whole, at, length, instead]) => {
      const start = at % (whole.length + 1);
      return whole.slice(0, start) + instead + whole.slice(start + length);
    });

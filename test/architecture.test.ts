import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

const codeOf = (file: string): string =>
  readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

describe('the sources', () => {
  const files = ['lib', 'functions', 'infra', 'sandbox', 'cli', 'lab']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap(sources);

  test.each([
    ['writes to a terminal', /\bstd(out|err|in)\b|\bconsole\.|node:(tty|readline)/, ['cli'], ['cli/terminal/io.ts']],
    [
      'makes an escape sequence',
      /\\(u001b|x1b|u\{1b\}|033)/i,
      ['cli'],
      ['cli/terminal/io.ts', 'cli/terminal/styles.ts'],
    ],
    ['makes a line within a text', /\\n(Next|Then)\b/, ['cli'], []],
    [
      'writes a file',
      /import \{(?! (existsSync|readFile) \})[^}]*\} from 'node:fs/,
      ['cli'],
      ['cli/access/kept-sandbox.ts', 'cli/page/file.ts'],
    ],
    [
      'writes a log of its own',
      /\bstd(out|err)\b|\bconsole\./,
      ['functions', 'lib'],
      ['functions/acceptance/handler.ts', 'functions/registration/handler.ts', 'lib/adapters/telemetry.ts'],
    ],
    [
      'draws a random number',
      /Math\.random|getRandomValues|\brandom(UUID|Int|Bytes)\b/,
      ['functions', 'lib'],
      ['lib/adapters/ec2-interfaces.ts', 'lib/adapters/system-clock.ts'],
    ],
    [
      'takes any time and size of a reply of AWS',
      /new \w+Client\((?!(boundedClient|patient|clientSettings)\(|settings\))/,
      ['lib', 'functions', 'cli'],
      [],
    ],
  ])('leaves one door to what %s', (_, writing, folders, doors) => {
    expect(
      folders
        .flatMap(sources)
        .filter((file) => writing.test(codeOf(file)))
        .toSorted(),
    ).toEqual(doors);
  });

  test('keeps files short enough to read: 220 lines', () => {
    const long = files.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 220);
    expect(long).toEqual([]);
  });
});

describe('the tests', () => {
  /** What stands between the brackets that open right before `start`. */
  function argumentsAt(code: string, start: number): string {
    let depth = 1;
    let end = start;
    for (; depth > 0; end += 1) depth += { '(': 1, ')': -1 }[code[end] ?? ')'] ?? 0;
    return code.slice(start, end - 1);
  }

  test('wait longer than the second which is the default, and which a busy machine may pause', () => {
    const waits = sources('test').flatMap((file) => {
      const code = codeOf(file);
      return [...code.matchAll(/vi\.wait(For|Until)\(/g)].map((found) => ({
        file,
        wait: argumentsAt(code, found.index + found[0].length),
      }));
    });
    expect(waits.length).toBeGreaterThan(50);
    expect(waits.filter(({ wait }) => !/timeout:|, (within|patient),?\s*$/.test(wait))).toEqual([]);
  });

  test('take back what they put in the place of a client of the SDK, which the files of a worker share', () => {
    const mocking = sources('test').filter((file) => /\bmockClient\(/.test(codeOf(file)));
    expect(mocking.length).toBeGreaterThan(1);
    expect(mocking.filter((file) => !/\.restore\(\)/.test(codeOf(file)))).toEqual([]);
  });

  test('that are tried twice share by `shared` what a test may leave broken: a second attempt begins with it made anew', () => {
    const tried = ['test/sandbox', 'test/wire', 'test/cli', 'test/lib/adapters/prober'].flatMap(sources);
    const making = tried.filter((file) => /\bbeforeAll\(async/.test(codeOf(file)));
    // A browser, which no page can break; an account in which later tests count what earlier ones have added.
    expect(making.sort()).toEqual(['test/cli/commands/check.test.ts', 'test/cli/opened-page.ts']);
    expect(tried.filter((file) => /^ *shared\(/m.test(codeOf(file))).length).toBeGreaterThan(15);
  });
});

/** What vitest's JSON reporter writes, as far as it is read here. */
export type Results = {
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
};

/** `failed` with the first line that a test said; `absent`: no test of that title ran, and why where that is known. */
export type Verdict = { readonly kind: 'passed' | 'failed' | 'absent'; readonly said: string };

/** A title as vitest's option `-t` takes it: `%s` and the like stand for any text. */
export const patternOf = (title: string): string =>
  title
    .split(/%[sdifjo]/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');

/** How the tests of this title ended. One that could not be loaded shows nothing, so that a broken sabotage is none that was noticed. */
export function judge({ testResults }: Results, title: string): Verdict {
  const pattern = new RegExp(`^${patternOf(title)}$`);
  const ran = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter((one) => pattern.test(one.title) && (one.status === 'passed' || one.status === 'failed'));
  if (ran.length === 0)
    return { kind: 'absent', said: firstLine(testResults.map(({ message }) => message ?? '').join('\n')) };
  const failed = ran.find(({ status }) => status === 'failed');
  return failed ? { kind: 'failed', said: firstLine(failed.failureMessages?.[0]) } : { kind: 'passed', said: '' };
}

const firstLine = (text = ''): string => text.trim().split('\n')[0]?.slice(0, 160) ?? '';

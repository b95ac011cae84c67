/** What Stryker's report says of one mutant; positions count from 1. */
type Mutant = {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Position; readonly end: Position };
};
type Position = { readonly line: number; readonly column: number };

export type MutationReport = {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
};

/** Mutants that no test kills, with the reason why none has to. */
export type Reasoned = { readonly reason: string; readonly mutants: readonly string[] };

export type FileScore = {
  readonly file: string;
  readonly killed: number;
  readonly timedOut: number;
  readonly survived: number;
  readonly uncovered: number;
};

export type Verdict = {
  readonly scores: readonly FileScore[];
  /** Survivors without a reason. */
  readonly unlisted: readonly string[];
  /** Listed mutants that a test kills now, or that are no more. */
  readonly outdated: readonly string[];
};

/** Judges a report by the list. Files that were not mutated this time are left out. */
export function judge(report: MutationReport, list: readonly Reasoned[]): Verdict {
  const listed = new Set(list.flatMap(({ mutants }) => mutants));
  const undetected = new Set<string>();
  const uncertain = new Set<string>();
  const scores = Object.entries(report.files).map(([file, { source, mutants }]) => {
    for (const mutant of mutants) {
      if (isUndetected(mutant)) undetected.add(nameOf(file, source, mutant));
      // A slow machine may cut a mutant that survives elsewhere, and a quick run leaves some out.
      if (mutant.status === 'Timeout' || mutant.status === 'Ignored') uncertain.add(nameOf(file, source, mutant));
    }
    return scoreOf(file, mutants);
  });
  const isMutated = (name: string) => Object.keys(report.files).some((file) => name.startsWith(`${file}: `));
  return {
    scores,
    unlisted: [...undetected].filter((name) => !listed.has(name)),
    outdated: [...listed].filter((name) => isMutated(name) && !undetected.has(name) && !uncertain.has(name)),
  };
}

const isUndetected = ({ status }: Mutant): boolean => status === 'Survived' || status === 'NoCoverage';

function scoreOf(file: string, mutants: readonly Mutant[]): FileScore {
  const count = (wanted: string) => mutants.filter(({ status }) => status === wanted).length;
  return {
    file,
    killed: count('Killed'),
    timedOut: count('Timeout'),
    survived: count('Survived'),
    uncovered: count('NoCoverage'),
  };
}

/** File, line of code, and what became of which part: stays the same while lines are added elsewhere. */
function nameOf(file: string, source: string, { location: { start, end }, replacement = '' }: Mutant): string {
  const lines = source.split('\n');
  const spanned = lines.slice(start.line - 1, end.line);
  const last = (spanned.pop() ?? '').slice(0, end.column - 1);
  const original = [...spanned, last].join('\n').slice(start.column - 1);
  return `${file}: ${short(lines[start.line - 1] ?? '', 160)} | ${short(original)} → ${short(replacement)}`;
}

const short = (code: string, length = 80): string => {
  const line = code.trim().replace(/\s+/g, ' ');
  return line.length > length ? `${line.slice(0, length)}…` : line;
};

/** Killed mutants, in percent of all that ran. */
export function percent(scores: readonly FileScore[]): number {
  const sum = (of: (score: FileScore) => number) => scores.reduce((total, score) => total + of(score), 0);
  const detected = sum(({ killed, timedOut }) => killed + timedOut);
  const all = detected + sum(({ survived, uncovered }) => survived + uncovered);
  return all === 0 ? 0 : (100 * detected) / all;
}

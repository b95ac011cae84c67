import { type Database, type Target, type Timings, targetKey } from '../domain.ts';
import type { Member, ProbeAnswer } from '../ports.ts';

/* What the members of a database say of themselves. docs/decisions/0029-ask-the-members.md */

/** A member that has accepted connections without a login is a writer where nothing else could, and unknown otherwise. */
export type Said = Exclude<ProbeAnswer['kind'], 'up'>;

/** What a member said last; `at` and `since`: when it was asked, now and the first time in a row. */
export type Word = {
  readonly member: Member;
  readonly said: Said;
  readonly why?: string;
  readonly at: number;
  readonly since: number;
};

/** The one member that says writer. `confirmedAt`: when it was asked the second time. */
export type Sole = {
  readonly member: Member;
  readonly since: number;
  readonly at: number;
  readonly confirmedAt?: number;
};

/** By target key. */
export type Heard = {
  /** When the run began to ask. */
  readonly begunAt?: number;
  readonly words: ReadonlyMap<string, Word>;
  readonly sole?: Sole;
  /** Since when more than one member has said writer. */
  readonly severalSince?: number;
};

export const nothingHeard: Heard = { words: new Map() };

/** A word, and with it a confirmation, counts for so long after the question. */
export const wordMs = ({ recheckMs }: Timings): number => 2 * recheckMs;

/** Two questions that confirm a writer are so far apart. */
export const apartMs = ({ recheckMs }: Timings): number => recheckMs / 4;

/** What was heard, after one more answer to a question of the moment `at`. */
export function hear(
  heard: Heard,
  { member, answer, at, now }: { member: Member; answer: ProbeAnswer; at: number; now: number },
  database: Pick<Database, 'kind' | 'role'>,
  timings: Timings,
): Heard {
  const key = targetKey(member);
  const said = saidBy(answer, database);
  const before = heard.words.get(key);
  const since = before?.said === said ? before.since : at;
  const word = { member, said, at, since, ...(answer.kind === 'unknown' ? { why: answer.why } : {}) };
  // An address that DNS shows no more still contradicts for a moment.
  const recent = [...heard.words].filter(([, one]) => now - one.at < 2 * wordMs(timings));
  return counted({ ...heard, words: new Map([...recent, [key, word]]) }, now, timings);
}

function counted({ sole: before, severalSince, ...heard }: Heard, now: number, timings: Timings): Heard {
  const { words } = heard;
  const [word, ...more] = writersIn({ words }, now, timings);
  if (more.length > 0) return { ...heard, severalSince: severalSince ?? now };
  if (!word) {
    // A member that says something else is no writer; one that says nothing was one a moment ago.
    const last = before && words.get(targetKey(before.member))?.said;
    return { ...heard, ...(before && last === 'unknown' && isFresh(before, now, timings) ? { sole: before } : {}) };
  }
  const isSame = before && targetKey(before.member) === targetKey(word.member) && isFresh(before, now, timings);
  const since = isSame ? before.since : word.at;
  // A timer may end a millisecond early.
  const isTwice = word.at - since >= apartMs(timings) - 1;
  const confirmedAt = (isSame ? before.confirmedAt : undefined) ?? (isTwice ? word.at : undefined);
  return {
    ...heard,
    sole: { member: word.member, since, at: word.at, ...(confirmedAt === undefined ? {} : { confirmedAt }) },
  };
}

function saidBy({ kind }: ProbeAnswer, database: Pick<Database, 'kind' | 'role'>): Said {
  if (kind !== 'up') return kind;
  // The port of an instance's standby is closed until its promotion.
  return database.kind === 'instance' && database.role === 'writer' ? 'writer' : 'unknown';
}

const isFresh = ({ at }: { readonly at: number }, now: number, timings: Timings): boolean => now - at < wordMs(timings);

/** The members that say writer. */
export const writersIn = ({ words }: Pick<Heard, 'words'>, now: number, timings: Timings): readonly Word[] =>
  [...words.values()].filter((word) => word.said === 'writer' && isFresh(word, now, timings));

/** What a target says of itself; undefined: it was not asked. */
export function saidAt(
  { words }: Pick<Heard, 'words'>,
  target: Target,
  now: number,
  timings: Timings,
): Said | undefined {
  const word = words.get(targetKey(target));
  return word && (isFresh(word, now, timings) ? word.said : 'unknown');
}

/** The writer that the members have confirmed, and when. */
export function confirmedIn(
  { sole }: Heard,
  now: number,
  timings: Timings,
): { readonly member: Member; readonly at: number } | undefined {
  return sole?.confirmedAt !== undefined && isFresh(sole, now, timings)
    ? { member: sole.member, at: sole.confirmedAt }
    : undefined;
}

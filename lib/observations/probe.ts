import { type Database, type Target, type Timings, targetKey } from '../domain.ts';
import type { Member, ProbeAnswer } from '../ports.ts';

/* What the members of a database say of themselves. docs/decisions/0029-ask-the-members.md */

/** A member that has accepted connections without a login is a writer where nothing else could, and unknown otherwise. */
export type Said = Exclude<ProbeAnswer['kind'], 'up'>;

/** What a member said last. `at`: when it was asked. */
export type Word = {
  readonly member: Member;
  readonly said: Said;
  readonly why?: string;
  readonly at: number;
};

/** The one member that says writer: since when, and when it was asked last. `confirmedAt`: when it was asked the second time. */
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
  /** A member may be missing among those that are asked: what one of some says is no proof. */
  readonly isPartial?: boolean;
  /** Since when none is missing, where one was. */
  readonly completeAt?: number;
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
  earlier: Heard,
  { member, answer, at, now }: { member: Member; answer: ProbeAnswer; at: number; now: number },
  database: Pick<Database, 'kind' | 'role'>,
  timings: Timings,
): Heard {
  const heard = recent(earlier, now, timings);
  const said = saidBy(answer, database);
  const why = answer.kind === 'unknown' ? { why: answer.why } : {};
  const words = new Map([...heard.words, [targetKey(member), { member, said, at, ...why }]]);
  return counted({ ...heard, words }, now, timings);
}

/** Without what is too old. A word that counts no more still says whom a run has asked. */
export function recent({ sole, words, ...heard }: Heard, now: number, timings: Timings): Heard {
  const kept = new Map([...words].filter(([, { at }]) => now - at < 2 * wordMs(timings)));
  return { ...heard, words: kept, ...(sole && isFresh(sole, now, timings) ? { sole } : {}) };
}

function counted({ sole: before, severalSince, ...heard }: Heard, now: number, timings: Timings): Heard {
  const { words } = heard;
  const [word, ...more] = writersIn({ words }, now, timings);
  if (more.length > 0) return { ...heard, severalSince: severalSince ?? now };
  // What one of some says is no first word either.
  if (heard.isPartial) return heard;
  if (!word) {
    // A member that says something else is no writer; one that says nothing was one a moment ago.
    const isSilent = before && words.get(targetKey(before.member))?.said === 'unknown';
    return isSilent ? { ...heard, sole: before } : heard;
  }
  const { member, at } = word;
  const same = before && targetKey(before.member) === targetKey(member) ? before : undefined;
  // What it said while another said the same counts no more.
  const since = same?.since ?? (severalSince === undefined ? Math.max(at, heard.completeAt ?? at) : now);
  // A timer may end a millisecond early.
  const isTwice = at - since >= apartMs(timings) - 1;
  const confirmedAt = same?.confirmedAt ?? (isTwice ? at : undefined);
  return { ...heard, sole: { member, since, at, ...(confirmedAt === undefined ? {} : { confirmedAt }) } };
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
  { sole, isPartial }: Heard,
  now: number,
  timings: Timings,
): { readonly member: Member; readonly at: number } | undefined {
  return sole?.confirmedAt !== undefined && !isPartial && isFresh(sole, now, timings)
    ? { member: sole.member, at: sole.confirmedAt }
    : undefined;
}

import type { Member, ProbeAnswer } from '../../lib/ports.ts';
import { afterwards } from './calls.ts';
import { outageMs } from './constants.ts';
import type { Dice } from './random.ts';
import type { Run } from './run.ts';
import { type ProbeWorld, probeKinds } from './script.ts';
import type { Truth } from './story-truth.ts';
import { type View, viewAt } from './views.ts';
import type { World } from './world.ts';

/* What the members of a database say of themselves to a run that asks them. */

/** What an address is at a moment: of an instance only the writer and the replica listen. */
export type Roles = View<ReadonlyMap<string, 'writer' | 'reader'>>;

const keyOf = (ip: string, port: number) => `${ip}:${port}`;

/** The truth about who takes writes; a writer that is about to be replaced is silent before, or goes on for a while. */
export function rolesOf(kind: string, truths: readonly Truth[], { gapMs, how, forMs }: ProbeWorld): Roles {
  const rolesIn = ({ members, writer, port }: Truth) =>
    members
      .filter(({ id, isServing }) => isServing && (kind === 'cluster' || id === writer || id === 'orders-3'))
      .map(({ id, ip }) => [keyOf(ip, port), id === writer ? 'writer' : 'reader'] as const);
  const roles = truths.flatMap((truth, index) => {
    const { at } = truth;
    const before = truths[index - 1];
    const shown = new Map(rolesIn(truth));
    if (!before || before.writer === truth.writer) return [{ at, value: shown }];
    const former = rolesIn(before).filter(([, role]) => role === 'writer');
    const silent = new Map(rolesIn(before).filter(([, role]) => role !== 'writer'));
    const silentAt = Math.max(before.at + 1, at - gapMs);
    const gap = gapMs > 0 && how !== 'two writers' ? [{ at: silentAt, value: silent }] : [];
    if (how !== 'two writers') return [...gap, { at, value: shown }];
    const next = truths[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const both = new Map([...shown, ...former]);
    return [{ at, value: both }, ...(at + forMs < next ? [{ at: at + forMs, value: shown }] : [])];
  });
  return roles.sort((one, other) => one.at - other.at);
}

/** When a lie ends: from then on the truth is told. */
export const lieEndsAt = ({ how, from, forMs }: ProbeWorld): number => (how === 'lying' ? from + forMs : 0);

const silence = (why: string): ProbeAnswer => ({ kind: 'unknown', why });

/** Half of the time goes by before the member looks, as with every call. */
export function ask(world: World, run: Run, member: Member): Promise<ProbeAnswer> {
  const { story, clock, dice, score } = world;
  const { probe, slowness } = story;
  score.call('probe');
  if (!probe) return Promise.resolve(silence('there is no probe'));
  const askedAt = clock.now();
  const isMeant = member.ip === `10.0.${probe.member}.10`;
  const isLate = probe.how === 'all late' || (probe.how === 'late' && isMeant);
  const isHanging = probe.how === 'hanging' && isMeant;
  const ms = isLate || isHanging ? 2000 : Math.min(2000, dice.between(2, 120) * slowness);
  let answer: ProbeAnswer = silence('no answer within 2000 ms');
  if (!isHanging)
    clock.at(askedAt + ms / 2, () => {
      answer = answerOf(world, run, member);
      return 'none woken';
    });
  return new Promise((done) => {
    afterwards(world, run, ms, (isHeard) => {
      const said = isHeard ? answer : silence('cut');
      if (isHeard) hear(world, run, member, askedAt, said);
      done(said);
    });
  });
}

function answerOf(
  { story: { probe, roles = [] }, clock, dice, score }: World,
  { words }: Run,
  { ip, port }: Member,
): ProbeAnswer {
  if (!probe) return silence('there is no probe');
  score.fault(`probe: ${probe.how}`);
  if (probe.how === 'login refused') return silence('login refused');
  const now = clock.now();
  const there = viewAt(roles, now);
  const role = there.get(keyOf(ip, port));
  // What is down refuses, or its host is gone.
  if (!role) return dice.chance(0.5) ? { kind: 'refused' } : silence('no answer within 1000 ms');
  if (probe.how === 'connect') return { kind: 'up' };
  const isLying =
    probe.how === 'lying' && ip === `10.0.${probe.member}.10` && now >= probe.from && now < lieEndsAt(probe);
  // Nothing contradicts the only one that says writer: docs/decisions/0029-ask-the-members.md
  const isContradicted =
    role === 'writer' ||
    [...there].some(([key, other]) => other === 'writer' && words.get(key)?.at(-1)?.kind === 'writer');
  if (!isLying || !isContradicted) return { kind: role };
  score.fault('probe: a lie');
  return { kind: role === 'writer' ? 'reader' : 'writer' };
}

function hear({ clock, score }: World, run: Run, { ip, port }: Member, askedAt: number, { kind }: ProbeAnswer): void {
  const key = keyOf(ip, port);
  score.note(() => `${run.name} hears ${key} ${kind}, asked ${askedAt}`);
  run.words.set(key, [...(run.words.get(key) ?? []).slice(-7), { askedAt, at: clock.now(), kind }]);
}

/** By its own words the target is the writer: it has said so twice within the last seconds. */
export function saysWriter({ words }: Run, key: string, now: number): boolean {
  const recent = (words.get(key) ?? []).filter(({ askedAt }) => now - askedAt < 5000);
  return recent.filter(({ kind }) => kind === 'writer' || kind === 'up').length >= 2;
}

/** Whether the address has taken writes at some moment of the last seconds. */
export const tookWrites = ({ story: { roles = [] }, clock }: World, ip: string): boolean =>
  roles.some(({ at, value }, index) => {
    const until = roles[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const isRecent = at <= clock.now() && until >= clock.now() - 5000;
    return isRecent && [...value].some(([key, role]) => role === 'writer' && key.startsWith(`${ip}:`));
  });

/** Half of the probes work as they should. */
export function probeOf(dice: Dice): ProbeWorld {
  const how = dice.chance(0.5) ? 'truthful' : dice.pick(probeKinds);
  return {
    how,
    member: dice.pick([1, 2, 3]),
    gapMs: dice.pick([0, 2000, 10_000]),
    from: Math.round(outageMs + dice.between(-10_000, 60_000)),
    forMs: Math.round(dice.between(500, how === 'two writers' ? 20_000 : 60_000)),
  };
}

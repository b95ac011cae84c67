import { tookWrites } from './members.ts';
import type { Run } from './run.ts';
import { viewAt } from './views.ts';
import type { World } from './world.ts';

/* The invariants that an invocation is judged by at its end; the numbers are those of invariants.ts. */

/** What a report says of the writer that the members confirmed. */
export function checkReport(world: World, { name }: Run, detail = ''): void {
  const [, ip] = /the probe confirmed ([\d.]+):\d+ as the writer/.exec(detail) ?? [];
  if (!ip) return;
  world.score.fault('probe: writer confirmed');
  if (!tookWrites(world, ip)) world.score.violate(10, `${name} confirmed ${ip}, which takes no writes`);
}

/** What the platform sees of an invocation: that it returned, or what it threw. */
export type End = { readonly outcome: string } | { readonly error: unknown };

export type Invocation = {
  readonly kind: 'event' | 'drift';
  readonly run: Run;
  readonly means: string;
  /** Faults that the function told its log. */
  readonly told: number;
};

/** What a run may wait for, calls and pauses together: it asks once a second, for a few names and two APIs. */
const waitsWithin = (ms: number): number => 100 + (30 * ms) / 1000;

export function checkEnd(world: World, { run, kind, means, told }: Invocation, end: End): void {
  const { score, clock } = world;
  const seconds = ((clock.now() - run.begunAt) / 1000).toFixed(1);
  if (run.waits > waitsWithin(clock.now() - run.begunAt))
    score.violate(9, `${run.name} called and paused ${run.waits} times within ${seconds} s`);
  const isFailed = 'error' in end;
  const name = run.name;
  const asked = [...run.called].filter((one) => one !== 'RDS describe');
  const written = asked.filter((one) => one.endsWith('register'));
  if ((means === 'dry-run' || means === 'diagnose') && written.length > 0)
    score.violate(6, `${name} was only to read, and called ${written}`);
  const isIgnored = means === 'nothing' || means === 'throw' || ('outcome' in end && end.outcome === 'ignored');
  if (isIgnored && asked.length > 0) score.violate(6, `${name} concerned no run, and called ${asked}`);
  if (kind === 'drift' && !isFailed && !isIgnored) checkForeign(world, run, end);
  if (isFailed && !isFault(end.error)) score.violate(8, `${name} broke: ${shown(end.error)}`);
  if (isFailed && told === 0) score.violate(8, `${name} failed without a word in its log`);
  if (isFailed) return;
  if (told > 0) score.violate(8, `${name} told a fault and returned`);
  if (means === 'throw') score.violate(8, `${name} accepted a payload that says nothing`);
  if (run.groupFailed && means !== 'diagnose')
    score.violate(8, `${name} swallowed the fault of its last call to the group`);
}

/**
 * What was in the group when a check began, and is not the database's, is gone when it ends, whatever else it waits for: EC2 has shown it so,
 * and has shown another target there to be the database's. Where nothing else is known, it has to have shown both of its hosts.
 */
function checkForeign(world: World, run: Run, end: End): void {
  const { story, group, score, clock } = world;
  const { marked, topology, begunAt } = run;
  if (!story.warm || !marked) return;
  const isHeld = 'outcome' in end && end.outcome === 'held';
  if (isHeld && !(topology?.kind === 'seen' && topology.topology.zones?.secondary && marked.length === 2)) return;
  const ipOf = (key: string) => key.replace(/:.*/, '');
  const own = [begunAt, clock.now()].flatMap((at) => viewAt(story.own, at));
  const isKept = (key: string) => !own.includes(ipOf(key)) && !marked.includes(ipOf(key)) && !run.seen.has(ipOf(key));
  // What AWS accepts and does not do, the next check finds.
  const kept = group.settledBefore(begunAt).filter((key) => isKept(key) && !run.accepted.has(key));
  if (kept.length > 0 && group.settledBefore(begunAt).some((key) => marked.includes(ipOf(key))))
    score.violate(11, `${run.name} leaves ${kept} in the group, which EC2 has shown to be another's`);
}

const isFault = (error: unknown): boolean => (error as { name?: string } | undefined)?.name === 'ReconcileError';
const shown = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

import { type Trigger, targetKey } from './domain.ts';
import type { RunRequest, RunState } from './observations/run-state.ts';
import { visible } from './visible.ts';

/** A failover that a watch saw, and that went well. */
export type Failover = {
  readonly database: string;
  /** The writer's target. */
  readonly target: string;
  /** When the group was in sync; ms since the epoch. */
  readonly at: number;
  /** Two notices of one target that are closer than this are of one failover. Ms. */
  readonly apartMs: number;
  /** How long this run lets others go first. Ms. */
  readonly waitMs: number;
  /** One line for people. */
  readonly text: string;
};

/**
 * What to tell of this run: it watched, the writer moved meanwhile, whether or not the group had to be changed for it, and the group was in
 * sync in the end. Several runs see one failover; that one of them tells is lib/adapters/notifier.ts's. docs/decisions/0034-one-notice.md
 */
export function failoverOf(
  { database, mode, trigger, timings }: RunRequest,
  { plan, desired, writerAtFirst, observations: { liveAtFirst = new Set() }, convergedAt, fault }: RunState,
): Failover | undefined {
  const writer = desired?.kind === 'targets' ? desired.writer : undefined;
  if (mode !== 'watch' || fault || plan?.kind !== 'in-sync' || !writer || convergedAt === undefined) return undefined;
  const target = targetKey({ ip: writer.address, port: writer.port });
  const hasMoved = writerAtFirst !== target || (liveAtFirst.size > 0 && !liveAtFirst.has(target));
  if (!hasMoved) return undefined;
  const seconds = Math.max(0, Math.round((convergedAt - trigger.at) / 1000));
  const who = writer.instanceId === undefined ? target : `${writer.instanceId} at ${target}`;
  return {
    database: database.name,
    target,
    at: convergedAt,
    apartMs: 10 * timings.settleMs,
    // It knows the time of the first event.
    waitMs: trigger.kind === 'begin' ? 0 : timings.settleMs / 2,
    text: visible(`${database.name}: in sync ${seconds} s after ${sinceOf(trigger)}; the writer is ${who}`),
  };
}

function sinceOf(trigger: Trigger): string {
  const event = 'eventId' in trigger ? trigger.eventId : trigger.kind;
  return trigger.kind === 'begin' ? `the first event (${event})` : event;
}

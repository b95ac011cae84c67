import * as z from 'zod/mini';
import { strangers } from './constants.ts';
import { payloadNames } from './payloads.ts';

/* A story as a value: plain numbers and names, so that it can be drawn, shrunk, written down and played again. Times are ms. */

const hourMs = 3_600_000;
const whole = (most: number) => z.number().check(z.int(), z.gte(0), z.lte(most));
const ms = whole(hourMs);

export const databases = [
  'instance writer',
  'instance reader',
  'cluster writer',
  'cluster reader',
  'hostname writer',
] as const;

const dnsFaults = ['failed', 'slow', 'not-found', 'no-address', 'public address', 'loopback', 'link-local'] as const;
const apiFaults = [
  'throttled',
  '5xx',
  'connection lost',
  'time-out, not done',
  'time-out, but done',
  'access denied',
] as const;
/** What AWS accepts with the right reply, and does not do. */
const changeFaults = [...apiFaults, 'accepted, not done'] as const;
const topologyFaults = ['no writer', 'partial result', 'database not found'] as const;

/** The ways in which each kind of call can fail. */
export const failures = {
  DNS: dnsFaults,
  'RDS describe': [...apiFaults, ...topologyFaults],
  'ELB describe': apiFaults,
  'ELB register': changeFaults,
  'ELB deregister': changeFaults,
  'EC2 interfaces': apiFaults,
} as const;
export const calls = [
  'DNS',
  'RDS describe',
  'ELB describe',
  'ELB register',
  'ELB deregister',
  'EC2 interfaces',
] as const;

export type DnsFault = (typeof dnsFaults)[number];
export type ApiFault = (typeof changeFaults)[number];
export type Failure = DnsFault | ApiFault | (typeof topologyFaults)[number];

export const isApiFault = (failure: Failure | undefined): failure is ApiFault =>
  (changeFaults as readonly unknown[]).includes(failure);

/** 9: number 3 under a new name. */
export const memberNumbers = [1, 2, 3, 9] as const;
const memberNumber = z.literal(memberNumbers);

export const ports = [5432, 5433] as const;
const hosts = ['10.0.9.9', '10.0.1.10', '10.0.2.10', '10.0.3.10'] as const;
export const foreignKeys = hosts.flatMap((ip) => ports.map((port) => `${ip}:${port}`)) as [string, ...string[]];

const steps = {
  /** From then on the database is like this. DNS and the API say so later, and DNS alternates for a while. */
  truth: z.object({
    does: z.literal('truth'),
    at: ms,
    writer: memberNumber,
    members: z.array(memberNumber),
    down: z.array(memberNumber),
    port: z.literal(ports),
    dnsMs: ms,
    flapMs: ms,
    everyMs: whole(60_000).check(z.gte(1)),
    apiMs: ms,
  }),
  /** Sent at `at`; delivered so much later, or never. */
  event: z.object({
    does: z.literal('event'),
    at: ms,
    payload: z.literal(payloadNames),
    delivery: z.literal(['once', 'again', 'lost']),
    afterMs: ms,
    writer: memberNumber,
  }),
  /** Another changes the group. */
  foreign: z.object({
    does: z.literal(['register', 'deregister']),
    at: ms,
    key: z.string().check(z.regex(/^10(\.\d{1,3}){3}:\d{1,5}$/)),
  }),
  /** Each call of a kind fails like this. */
  fault: z.object({
    does: z.literal('fault'),
    at: ms,
    forMs: ms,
    call: z.literal(calls),
    how: z.literal([...dnsFaults, ...changeFaults, ...topologyFaults]),
  }),
  /** The followed name, or every name of the database, leads to another's address. */
  poison: z.object({
    does: z.literal('poison'),
    at: ms,
    forMs: ms,
    ip: z.literal(strangers),
    isOfAll: z.boolean(),
  }),
  /**
   * What befalls the host of the standby, where it stays in the group: RDS replaces it, for good, and its address may be given to another; or
   * EC2 does not show it, or shows two interfaces too many, for a while.
   */
  host: z.object({
    does: z.literal('host'),
    at: ms,
    forMs: ms,
    how: z.literal(['replaced', 'given away', 'hidden', 'two too many']),
  }),
  /** The so many-th invocation is killed at the so many-th thing that it waits for. */
  kill: z.object({ does: z.literal('kill'), at: z.literal(0), run: whole(1000), wait: whole(100_000) }),
} as const;

const step = z.union([steps.truth, steps.event, steps.foreign, steps.fault, steps.poison, steps.host, steps.kill]);

/** What the members say of themselves. */
export const probeKinds = [
  'truthful',
  'connect',
  'late',
  'all late',
  'lying',
  'hanging',
  'two writers',
  'login refused',
] as const;

const probe = z.object({
  how: z.literal(probeKinds),
  /** The member that lies, hangs or is late. */
  member: z.literal([1, 2, 3]),
  /** A writer that is to be replaced is silent for so long before. */
  gapMs: ms,
  /** When a lie begins, how long it lasts, and how long a former writer goes on as a second one. */
  from: ms,
  forMs: ms,
});

const script = z.object({
  seed: whole(2 ** 32 - 1),
  database: z.literal(databases),
  isApiDown: z.boolean(),
  /** Of an instance: its standby stays in the group. */
  isWarm: z.optional(z.boolean()),
  removeStale: z.literal(['at-once', 'when-replacement-healthy']),
  /** Who is there at the beginning; number 1 is the writer. */
  members: z.array(memberNumber),
  scheduleAt: whole(60_000),
  /** Calls take so many times as long as usual. */
  slowness: whole(20).check(z.gte(1)),
  drainMs: ms,
  healthMs: ms,
  /** So many of 100 calls fail in some way, until a moment. */
  faultPercent: whole(60),
  faultsUntil: ms,
  /** Until then another caller uses up most of what AWS grants the account; left out: the account is this database's alone. */
  busyUntil: z.optional(ms),
  /** So many of 100 invocations are killed at some moment. */
  killPercent: whole(100),
  /** Left out: no member is asked. */
  probe: z.optional(probe),
  steps: z.array(step),
});

export type Script = z.infer<typeof script>;
export type ProbeWorld = z.infer<typeof probe>;
export type Step = Script['steps'][number];
export type TruthStep = z.infer<typeof steps.truth>;
export type EventStep = z.infer<typeof steps.event>;
export type HostStep = z.infer<typeof steps.host>;
export type FaultStep = z.infer<typeof steps.fault>;

/** @throws Error that names each field that is wrong */
export function scriptFrom(text: string): Script {
  const parsed = z.safeParse(script, JSON.parse(text), { error: z.locales.en().localeError });
  if (parsed.success) return parsed.data;
  throw new Error(`not a story:\n${z.prettifyError(parsed.error)}`);
}

import type { Database, Target } from '../../lib/domain.ts';
import { type Heard, hear, nothingHeard } from '../../lib/observations/probe.ts';
import type { Member, ProbeAnswer } from '../../lib/ports.ts';
import { a, b, c, cluster, host, memberHost, timings } from './scene.ts';
import type { World } from './world.ts';

/* Members that say what a test lets them say. */

export const writer: ProbeAnswer = { kind: 'writer' };
export const reader: ProbeAnswer = { kind: 'reader' };
export const refused: ProbeAnswer = { kind: 'refused' };
export const up: ProbeAnswer = { kind: 'up' };
export const silent: ProbeAnswer = { kind: 'unknown', why: 'no answer within 1000 ms' };

export type FakeProber = {
  /** What an address says, by its IP; 'hangs': nothing, ever. What is not in here is silent. */
  readonly says: Map<string, ProbeAnswer | 'hangs'>;
  readonly asked: { readonly member: Member; readonly at: number }[];
  /** How long an answer takes. */
  latencyMs: number;
  isClosed: boolean;
};

/** Gives the world a prober. */
export function withProber(world: World, says: Readonly<Record<string, ProbeAnswer | 'hangs'>> = {}): FakeProber {
  const fake: FakeProber = { says: new Map(Object.entries(says)), asked: [], latencyMs: 50, isClosed: false };
  Object.assign(world.ports, {
    prober: {
      async ask(member: Member) {
        fake.asked.push({ member, at: world.clock.now() });
        const said = fake.says.get(member.ip) ?? silent;
        if (said === 'hangs') return new Promise<ProbeAnswer>(() => undefined);
        await world.clock.sleep(fake.latencyMs);
        return said;
      },
      close() {
        fake.isClosed = true;
      },
    },
  });
  return fake;
}

const hosts = new Map([a, b, c].map(({ ip }, index) => [ip, memberHost(`orders-${index + 1}`)]));

/** A member of the cluster; for an instance: of its endpoint. */
export const memberAt = (target: Target, { kind }: Pick<Database, 'kind'> = cluster): Member => ({
  ...target,
  host: kind === 'instance' ? host : (hosts.get(target.ip) ?? ''),
});

/** One answer to a question of the moment `at`, heard so much later. */
export type Said = readonly [target: Target, answer: ProbeAnswer, at: number, afterMs?: number];

/** What was heard after these answers by a run that began to ask at 0. */
export function heardFrom(said: readonly Said[], database: Database = cluster): Heard {
  let heard: Heard = { ...nothingHeard, begunAt: 0 };
  for (const [target, answer, at, afterMs = 0] of said)
    heard = hear(heard, { member: memberAt(target, database), answer, at, now: at + afterMs }, database, timings);
  return heard;
}

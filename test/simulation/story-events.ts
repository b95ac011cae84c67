import type { Database } from '../../lib/domain.ts';
import { outageMs } from './constants.ts';
import type { Dice } from './random.ts';
import type { Truth } from './story-truth.ts';

export type StoryEvent = { readonly at: number; readonly payload: unknown };

/** What EventBridge delivers: some events never, some twice, some minutes late, so that their order changes as well. */
export function eventsOf(dice: Dice, { kind }: Database, truths: readonly Truth[]): readonly StoryEvent[] {
  const sent = truths.slice(1).flatMap(({ at, writer }, index) => {
    const outage = index === 0 ? outageMs : at - 10_000;
    const started = event(kind, 'begin', outage + dice.between(0, 150), writer);
    const completed = event(kind, 'end', at + dice.between(3000, 42_000), writer);
    return index === 0 || truths[index]?.writer !== writer ? [started, completed] : [completed];
  });
  return sent.flatMap((one) => {
    if (dice.chance(0.15)) return [];
    const late = dice.chance(0.15) ? dice.between(5000, 120_000) : dice.between(50, 1000);
    const first = { ...one, at: one.at + late };
    return dice.chance(0.15) ? [first, { ...one, at: first.at + dice.between(0, 20_000) }] : [first];
  });
}

const types = {
  instance: { type: 'RDS DB Instance Event', arn: 'db:orders', begin: '0013', end: '0015' },
  cluster: { type: 'RDS DB Cluster Event', arn: 'cluster:orders', begin: '0073', end: '0071' },
  hostname: { type: 'RDS DB Proxy Event', arn: 'db-proxy:prx-0123456789abcdef0', begin: '0207', end: '0207' },
} as const;

/** Everything in it that could mislead does: an address, a port and names that lead nowhere. Only "look now" is true. */
function event(kind: Database['kind'], phase: 'begin' | 'end', at: number, writer: string): StoryEvent {
  const { type, arn, ...ids } = types[kind];
  const second = Math.floor(at / 1000);
  const payload = {
    source: 'aws.rds',
    'detail-type': type,
    time: `1970-01-01T00:${pad(Math.floor(second / 60))}:${pad(second % 60)}Z`,
    resources: [`arn:aws:rds:eu-central-1:123456789012:${arn}`],
    detail: {
      EventID: `RDS-EVENT-${ids[phase]}`,
      SourceIdentifier: 'orders',
      Message: `Completed failover to DB instance: ${writer} at 10.66.66.66:6666`,
      address: '10.66.66.66',
      port: 6666,
    },
  };
  return { at, payload };
}

const pad = (number: number): string => String(number).padStart(2, '0');

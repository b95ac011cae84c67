import type { NetworkInterface } from '../../lib/ports.ts';
import { marker, securityGroups } from './constants.ts';
import type { Dice } from './random.ts';
import type { HostStep, Script } from './script.ts';
import type { Member, Truth } from './story-truth.ts';
import { type View, viewAt } from './views.ts';

/* A Multi-AZ instance whose standby stays in the group: its two hosts, and what EC2 shows of them. */

export type Marked = NetworkInterface & { readonly ip: string };

export type Warm = {
  /** What carries the marker security group, as EC2 shows it. */
  readonly marked: View<readonly Marked[]>;
  /** Addresses that were the database's and are another's by now. */
  readonly taken: View<readonly string[]>;
  /** What accepts connections. */
  readonly serving: View<readonly string[]>;
};

export const zoneOf = (ip: string): string => `eu-central-1${'_abc'[Number(ip.split('.')[2])]}`;

const interfaceOf = (ip: string): Marked => ({
  ip,
  id: `eni-${ip}`,
  requester: 'amazon-rds',
  description: 'RDSNetworkInterface',
  securityGroups: [...securityGroups, marker],
  zone: zoneOf(ip),
});

/** Of the database of another team, which has been given the marker group by mistake. */
const tooMany = ['10.0.3.88', '10.0.3.89'];

const hostsOf = ({ members }: Truth): readonly Member[] => members.filter(({ id }) => /-[12]$/.test(id));
const standbyOf = (truth: Truth): Member | undefined => hostsOf(truth).find(({ id }) => id !== truth.writer);
const isReplaced = ({ how }: HostStep): boolean => how === 'replaced' || how === 'given away';

/** The truth with both hosts in the group, and a new address for each standby that RDS replaces. */
export function withHosts(truths: readonly Truth[], steps: readonly HostStep[]): readonly Truth[] {
  const ips = new Map<string, string>();
  const at = [...new Set([...truths, ...steps.filter(isReplaced)].map((one) => one.at))].sort((a, b) => a - b);
  return at.map((moment) => {
    const told = viewAt(
      truths.map((one) => ({ at: one.at, value: one })),
      moment,
    );
    const standby = standbyOf(told);
    if (standby && steps.some((step) => step.at === moment && isReplaced(step)))
      ips.set(standby.id, nextAfter(ips.get(standby.id) ?? standby.ip));
    const members = told.members.map((one) => ({ ...one, ip: ips.get(one.id) ?? one.ip }));
    const writer = members.find(({ id }) => id === told.writer);
    const other = standbyOf({ ...told, members });
    const wanted = [writer, other].flatMap((one) => (one ? [`${one.ip}:${told.port}`] : []));
    return { ...told, at: moment, members, wanted };
  });
}

const nextAfter = (ip: string): string => ip.replace(/\d+$/, (last) => String(Number(last) + 50));

/** What EC2 and the health checks make of the truth. */
export function warmOf(truths: readonly Truth[], steps: readonly HostStep[]): Warm {
  const truthView = truths.map((one) => ({ at: one.at, value: one }));
  const isOver = ({ at, forMs }: HostStep, now: number) => now < at || now >= at + forMs;
  const moments = [...truths.map(({ at }) => at), ...steps.flatMap(({ at, forMs }) => [at, at + forMs])];
  const sorted = [...new Set(moments)].sort((a, b) => a - b);
  const taken = (now: number) =>
    steps.flatMap(({ at, how }) => (how === 'given away' && at <= now ? (formerIp(truthView, at) ?? []) : []));
  const view = <T>(of: (now: number) => T): View<T> => sorted.map((at) => ({ at, value: of(at) }));
  return {
    marked: view((now) => {
      const truth = viewAt(truthView, now);
      const isNow = (how: HostStep['how']) => steps.some((step) => step.how === how && !isOver(step, now));
      const hidden = isNow('hidden') ? standbyOf(truth)?.ip : undefined;
      const shown = hostsOf(truth).flatMap(({ ip }) => (ip === hidden ? [] : ip));
      return [...shown, ...(isNow('two too many') ? tooMany : [])].map(interfaceOf);
    }),
    taken: view(taken),
    serving: view((now) => {
      const { wanted, port } = viewAt(truthView, now);
      return [...wanted.slice(0, 1), ...taken(now).map((ip) => `${ip}:${port}`)];
    }),
  };
}

/** The address that the standby had before. */
function formerIp(truths: View<Truth>, at: number): string | undefined {
  const id = standbyOf(viewAt(truths, at))?.id;
  return viewAt(truths, at - 1).members.find((one) => one.id === id)?.ip;
}

const healthyAfterMs = 10_000;
const unhealthyAfterMs = 45_000;

/** Two checks until a target is healthy; two, and what the load balancer takes to act on it, until it is not. */
export const isHealthy = ({ serving }: Warm, key: string, now: number): boolean =>
  [healthyAfterMs, unhealthyAfterMs].some((ms) => viewAt(serving, now - ms).includes(key));

/** The same story about an instance with a warm standby, to whose hosts more happens. */
export function warmed(script: Script, dice: Dice): Script {
  const count = dice.pick([0, 0, 0, 1, 2, 3]);
  const steps = Array.from(
    { length: count },
    (): HostStep => ({
      does: 'host',
      at: Math.round(dice.between(0, 150_000)),
      forMs: Math.round(dice.between(1000, 90_000)),
      how: dice.pick(['replaced', 'given away', 'hidden', 'two too many']),
    }),
  );
  return {
    ...script,
    database: 'instance writer',
    isApiDown: false,
    removeStale: dice.chance(0.2) ? 'when-replacement-healthy' : 'at-once',
    isWarm: true,
    steps: [...script.steps, ...steps],
  };
}

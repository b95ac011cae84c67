import type { Database } from '../../lib/domain.ts';
import { rdsEvents, scheduledEvent } from '../../sandbox/world/database/events.ts';
import { createRandom } from '../../sandbox/world/database/random.ts';

/* What the functions are invoked with, as EventBridge and people send it. Everything in it that could mislead does. */

/** What a payload may make a function do: change the group by what is true, read it, tell all faults, nothing, or throw. `any`: it depends. */
export type Meaning = 'watch' | 'dry-run' | 'diagnose' | 'nothing' | 'throw' | 'any';

type Kind = Database['kind'];
type Sent = { readonly kind: Kind; readonly at: number; readonly writer: string };

const region = 'eu-central-1';
const account = '123456789012';
const ruleArn = `arn:aws:events:${region}:${account}:rule/orders-drift`;
const proxyArn = `arn:aws:rds:${region}:${account}:db-proxy:prx-0123456789abcdef0`;

const bait = {
  address: '10.66.66.66',
  port: 6666,
  Endpoint: { Address: 'evil.example.com', Port: 6666 },
  hostname: 'evil.example.com',
  targets: [{ Id: '10.66.66.66', Port: 6666 }, '10.66.66.66:6666'],
  TARGET_GROUP_ARN: `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/evil/0123456789abcdef`,
};

const build = rdsEvents({ region, account, random: createRandom(0) });
const known = new Map<string, ReturnType<typeof build>>();

/** An event about `source`, with bait in it; `name`: what its message names. */
function told(at: number, id: string, source: string, name = source) {
  const key = `${id} ${source} ${name}`;
  const arn = id === '0207' ? { arn: proxyArn } : {};
  const event = known.get(key) ?? build(`RDS-EVENT-${id}`, { source, date: new Date(0), values: { name }, ...arn });
  known.set(key, event);
  const time = new Date(at).toISOString();
  const Message = `${event.detail.Message} Now at 10.66.66.66:6666.`;
  return { ...event, ...bait, time, detail: { ...event.detail, ...bait, Date: time, Message } };
}

const ids = {
  instance: { started: '0013', completed: '0015' },
  cluster: { started: '0073', completed: '0071' },
  hostname: { started: '0207', completed: '0207' },
} as const;

type Make = (sent: Sent) => { readonly payload: unknown; readonly means: Meaning };

const always =
  (means: Meaning, payload: (at: number) => unknown): Make =>
  ({ at }) => ({ payload: payload(at), means });

/** Of no database that is followed. */
export const strangerId = 'payments-1';

const member = (kind: Kind) => (kind === 'cluster' ? 'orders-2' : 'orders');
const ofCluster = (kind: Kind): Meaning => (kind === 'cluster' ? 'watch' : 'nothing');

const firstScheduled = scheduledEvent(ruleArn, new Date(0), createRandom(0));
const scheduled = (at: number) => ({ ...firstScheduled, time: new Date(at).toISOString() });

const completed: Make = ({ kind, at, writer }) => ({
  payload: told(at, ids[kind].completed, 'orders', writer),
  means: 'watch',
});

const payloads = {
  started: ({ kind, at, writer }) => ({
    payload: told(at, ids[kind].started, 'orders', writer),
    means: 'watch',
  }),
  completed,
  restarted: ({ kind, at }) => ({
    payload: told(at, '0006', member(kind)),
    means: kind === 'instance' ? 'watch' : kind === 'cluster' ? 'any' : 'nothing',
  }),
  'topology updated': ({ kind, at }) => ({
    payload: told(at, '0385', member(kind)),
    means: kind === 'instance' ? 'watch' : kind === 'cluster' ? 'any' : 'nothing',
  }),
  'blue/green switchover': ({ kind, at }) => ({
    payload: told(at, '0248', 'bgd-0123456789abcdef'),
    means: kind === 'hostname' ? 'nothing' : 'watch',
  }),
  scheduled: always('watch', scheduled),
  'scheduled with bait': always('watch', (at) => ({
    ...scheduled(at),
    ...bait,
    detail: bait,
  })),
  resync: always('watch', () => ({ action: 'resync', ...bait })),
  plan: always('dry-run', () => ({ action: 'plan', apply: true, force: true, observeOnly: false, ...bait })),
  status: always('dry-run', () => ({ action: 'status', ...bait })),
  doctor: always('diagnose', () => ({ action: 'doctor', fix: true, ...bait })),
  'failover to a stranger': ({ kind, at }) => ({ payload: told(at, '0071', 'orders', 'evil'), means: ofCluster(kind) }),
  'failover to the first writer': ({ kind, at }) => ({
    payload: told(at, '0071', 'orders', 'orders-1'),
    means: ofCluster(kind),
  }),
  'failover to a reader': ({ kind, at }) => ({
    payload: told(at, '0071', 'orders', 'orders-3'),
    means: ofCluster(kind),
  }),
  'from the future': (sent) => {
    const { payload, means } = completed(sent);
    return { payload: { ...(payload as object), time: '9999-12-31T23:59:59Z' }, means };
  },
  'another database': always('nothing', (at) => told(at, '0071', 'payments')),
  'another instance': ({ kind, at }) => ({
    payload: told(at, '0015', strangerId),
    means: kind === 'cluster' ? 'any' : 'nothing',
  }),
  'another event': always('nothing', (at) => ({
    ...told(at, '0015', 'orders'),
    detail: { ...bait, EventID: 'RDS-EVENT-9999' },
  })),
  'another prototype': always('nothing', () =>
    JSON.parse('{"__proto__": {"action": "resync"}, "constructor": {"action": "resync"}, "source": "aws.rds"}'),
  ),
  'another action': always('throw', () => ({ action: 'register', ...bait })),
  'an action of many': always('throw', () => ({ action: ['resync', 'plan'], ...bait })),
  'another source': always('throw', () => ({ ...bait, source: 'aws.ec2', detail: bait })),
  'nothing at all': always('throw', () => null),
  text: always('throw', () => 'resync 10.66.66.66:6666'),
  list: always('throw', () => [{ action: 'resync' }]),
} satisfies Record<string, Make>;

export type PayloadName = keyof typeof payloads;

export const payloadNames = Object.keys(payloads) as unknown as readonly [PayloadName, ...PayloadName[]];

export const payloadOf = (name: PayloadName, sent: Sent): ReturnType<Make> => (payloads[name] as Make)(sent);

/** Those that start no run: the arm without events stays one. */
export const idlePayloads = ['another database', 'another event', 'another action', 'nothing at all', 'text'] as const;

import { expect, test } from 'vitest';
import { createEventBridge, type Delivery } from '../../../../sandbox/aws/eventbridge/eventbridge.ts';
import { rdsEvents } from '../../../../sandbox/world/database/events.ts';
import { createRandom } from '../../../../sandbox/world/database/random.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';
import type { EventBridgeEvent } from '../../../../sandbox/world/types.ts';
import { createManualClock } from '../elbv2/rig.ts';

const build = rdsEvents({ region: 'eu-central-1', account: '123456789012', random: createRandom(3) });
const event = (id: string, source = 'orders') => build(`RDS-EVENT-${id}`, { source, date: new Date() });
const idOf = ({ detail }: EventBridgeEvent) => String(detail.EventID).slice(-4);

function createBus(delivery: Delivery = {}) {
  const clock = createManualClock();
  const journal = createJournal();
  const bus = createEventBridge({ clock, journal });
  bus.delivery(delivery);
  const received: EventBridgeEvent[] = [];
  const ofOrders = { source: ['aws.rds'], resources: [{ suffix: ':orders' }] };
  const remove = bus.target({ name: 'failover', pattern: ofOrders }, (each) => received.push(each));
  return { clock, journal, bus, received, ids: () => received.map(idOf), remove };
}

test('delivers what the rule matches, and nothing else', () => {
  const { bus, clock, ids } = createBus();
  bus.put(event('0013'));
  bus.put(event('0013', 'users'));
  bus.put(event('0049'));
  clock.advance(1);
  expect(ids()).toEqual(['0013', '0049']);
});

test('delivers to every rule that matches, until its target is removed', () => {
  const { bus, clock, ids, remove } = createBus();
  let others = 0;
  bus.target({ name: 'audit', pattern: { source: ['aws.rds'] } }, () => {
    others += 1;
  });
  remove();
  bus.put(event('0013'));
  clock.advance(1);
  expect([ids(), others]).toEqual([[], 1]);
});

test.each([
  ['an empty list', { source: [] }],
  ['one alternative', { $or: [{ source: ['aws.rds'] }] }],
  ['an operator that it does not know', { source: [{ prefix: 7 }] }],
])('takes no pattern with %s', (_, pattern) => {
  const { bus } = createBus();
  expect(() => bus.target({ name: 'odd', pattern }, () => {})).toThrow(/refuses|two patterns|no operator/);
});

test('loses everything, or the events that a test picks, and tells the journal', () => {
  const all = createBus({ loseAll: true });
  all.bus.put(event('0013'));
  all.clock.advance(1);
  expect(all.ids()).toEqual([]);
  expect(all.journal.all().map(({ what }) => what)).toEqual(['event-lost']);
  const some = createBus({ lose: (each) => idOf(each) === '0013' });
  for (const id of ['0013', '0049']) some.bus.put(event(id));
  some.clock.advance(1);
  expect(some.ids()).toEqual(['0049']);
});

test('delivers late', () => {
  const { bus, clock, ids } = createBus({ delayMs: 60_000 });
  bus.put(event('0049'));
  clock.advance(59_999);
  expect(ids()).toEqual([]);
  clock.advance(1);
  expect(ids()).toEqual(['0049']);
});

test('delivers twice, the same event with the same id', () => {
  const { bus, clock, received } = createBus({ duplicate: true });
  bus.put(event('0049'));
  clock.advance(1);
  expect(received).toHaveLength(2);
  expect(received[0]).toEqual(received[1]);
});

test('delivers out of order, and loses nothing by it', () => {
  const { bus, clock, ids } = createBus({ shuffle: true });
  const sent = ['0013', '0004', '0006', '0015', '0049', '0051', '0065', '0385'];
  for (const id of sent) bus.put(event(id));
  clock.advance(120_000);
  expect(ids()).not.toEqual(sent);
  expect(ids().sort()).toEqual([...sent].sort());
});

test('wakes a scheduled target again and again, whatever becomes of events, until it is ended', () => {
  const { bus, clock } = createBus({ loseAll: true });
  const ticks: EventBridgeEvent[] = [];
  const end = bus.schedule('drift', 300_000, (each) => ticks.push(each));
  clock.advance(900_000);
  expect(ticks.map(({ resources }) => resources[0])).toEqual(
    Array(3).fill('arn:aws:scheduler:eu-central-1:123456789012:schedule/drift/drift'),
  );
  expect(new Set(ticks.map(({ id }) => id)).size).toBe(3);
  end();
  clock.advance(900_000);
  expect(ticks).toHaveLength(3);
});

test('delivers nothing after it was closed', () => {
  const { bus, clock, ids } = createBus({ delayMs: 1000 });
  let ticks = 0;
  bus.schedule('drift', 1000, () => {
    ticks += 1;
  });
  bus.put(event('0013'));
  bus.close();
  clock.advance(10_000);
  expect([ids(), ticks]).toEqual([[], 0]);
});

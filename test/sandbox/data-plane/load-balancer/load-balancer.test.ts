import { afterEach, describe, expect, test } from 'vitest';
import type { LoadBalancerOptions } from '../../../../sandbox/data-plane/load-balancer/flow-table.ts';
import { createDelays, delayProfile } from '../../../../sandbox/world/load-balancer-delays.ts';
import { createManualClock } from '../../aws/elbv2/rig.ts';
import { until } from '../../until.ts';
import { createRig, type Rig } from './rig.ts';

const blue = '10.0.1.10';
const green = '10.0.1.20';
let rig: Rig;

async function start(options: Partial<LoadBalancerOptions> = {}) {
  rig = await createRig({}, options);
}

async function startWith(ip: string, options: Partial<LoadBalancerOptions> = {}) {
  await start(options);
  rig.register(ip);
  await rig.turns(ip, 'healthy');
}

/** A dead target beside a live one that is not healthy yet. */
async function startFailingOpen(random: () => number) {
  // That a target has become healthy is never heard: all of them stay in use.
  const delays = createDelays({ ...delayProfile('ideal'), registration: 1000, health: 1e9 }, () => 0);
  await start({ random, delays });
  rig.network.detach(blue, 5432);
  rig.register(blue);
  await rig.turns(blue, 'unhealthy');
  rig.register(green);
  const takenUp = () => rig.journal.all().filter(({ what }) => what === 'route-opened');
  await until(() => takenUp().length === 2, 'the group fails open');
}

/** The load balancer's clock stands still until it is advanced; its one target is in use. */
async function startOnManualClock(options: Partial<LoadBalancerOptions>) {
  const clock = createManualClock();
  await start({ clock, ...options });
  rig.register(blue);
  clock.advance(1000);
  await until(() => rig.journal.all().some(({ what }) => what === 'door-open'), 'the door is open');
  return clock;
}

afterEach(() => rig.close());

describe('routing', () => {
  test('carries a connection to the healthy target and back', async () => {
    await startWith(blue);
    expect(await rig.client().exchange('hello')).toBe('blue:hello');
    expect(rig.balancer.connections()).toMatchObject({
      activeFlows: 1,
      newFlows: 1,
      unhealthyRoutingFlows: 0,
      activeByTarget: { '10.0.1.10:5432': 1 },
    });
  });

  test('refuses a client when there is no target, and accepts as soon as there is one', async () => {
    await start();
    expect(await rig.client().outcome()).toBe('ECONNREFUSED');
    rig.register(blue);
    await rig.turns(blue, 'healthy');
    expect(await rig.client().exchange('hello')).toBe('blue:hello');
  });

  test('refuses a client when the address of the target is attached to nothing: it never accepts first and resets then', async () => {
    await startWith(blue);
    const port = rig.network.locate(blue, 5432) ?? 0;
    rig.network.detach(blue, 5432);
    const client = rig.client();
    let accepted = false;
    client.socket.on('connect', () => {
      accepted = true;
    });
    expect(await client.outcome()).toBe('ECONNREFUSED');
    expect(accepted).toBe(false);
    rig.network.attach(blue, 5432, port);
    await until(() => rig.network.locate(blue, 5432) === port, 'it is back');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await rig.client().exchange('hello')).toBe('blue:hello');
  });

  test('refuses what is given to a dead target beside a live one: it never accepts first', async () => {
    await startFailingOpen(() => 0);
    expect(await rig.client().outcome()).toBe('ECONNREFUSED');
    expect(rig.balancer.connections()).toMatchObject({ rejectedFlows: 0, newFlows: 0, activeFlows: 0 });
  });

  test('gives the next clients to the live target when their turn comes', async () => {
    let drawn = 0;
    await startFailingOpen(() => drawn);
    expect(await rig.client().outcome()).toBe('ECONNREFUSED');
    drawn = 0.99;
    await until(() => rig.journal.all().some(({ what }) => what === 'door-open'), 'the door is open');
    expect(await rig.client().exchange('hello')).toBe('green:hello');
  });

  test('resets a client when the target refuses the connection', async () => {
    await startWith(blue);
    await rig.hosts.blue.close();
    expect(await rig.client().outcome()).toBe('ECONNRESET');
    expect(rig.balancer.connections()).toMatchObject({ rejectedFlows: 1, newFlows: 0, activeFlows: 0 });
  });

  test('uses every target when none is healthy, and counts it', async () => {
    await startFailingOpen(() => 0.99);
    await until(() => rig.journal.all().some(({ what }) => what === 'door-open'), 'the door is open');
    expect(await rig.client().exchange('hello')).toBe('green:hello');
    expect(rig.balancer.connections()).toMatchObject({ newFlows: 1, unhealthyRoutingFlows: 1 });
  });

  test('chooses among the healthy targets at random', async () => {
    let drawn = 0;
    await startWith(blue, { random: () => drawn });
    rig.register(green);
    await rig.turns(green, 'healthy');
    expect(await rig.client().exchange('a')).toBe('blue:a');
    drawn = 0.5;
    expect(await rig.client().exchange('b')).toBe('green:b');
    expect(rig.balancer.connections().activeByTarget).toEqual({ '10.0.1.10:5432': 1, '10.0.1.20:5432': 1 });
  });
});

describe('a connection', () => {
  test('stays open for the answer when the client has closed its side', async () => {
    await startWith(blue);
    const client = rig.client();
    await client.exchange('hello');
    client.socket.end();
    expect(await client.outcome()).toBe('ended');
    expect(client.received()).toBe('blue:helloblue:bye');
    await until(() => rig.balancer.connections().activeFlows === 0, 'the flow is over');
    expect(rig.balancer.connections()).toMatchObject({ clientResets: 0, targetResets: 0, balancerResets: 0 });
  });

  test('holds a target back while the client does not read', async () => {
    await startWith(blue);
    const chunk = Buffer.alloc(1 << 20);
    const total = 64;
    const client = rig.client();
    await client.exchange('hello');
    client.socket.pause();
    const [host] = [...rig.hosts.blue.sockets].filter((socket) => socket.bytesRead > 0);
    for (let sent = 0; sent < total; sent += 1) host?.write(chunk);
    let before = -1;
    let polls = 0;
    await until(() => {
      const now = host?.writableLength ?? 0;
      polls = now === before ? polls + 1 : 0;
      before = now;
      return polls > 20;
    }, 'nothing moves');
    expect(host?.writableLength).toBeGreaterThan((total / 2) * chunk.length);
    client.socket.removeAllListeners('data').resume();
    await until(() => client.socket.bytesRead > total * chunk.length, 'everything has arrived');
  });

  test('is reset towards the client when the target resets it', async () => {
    await startWith(blue);
    const client = rig.client();
    await client.exchange('hello');
    for (const socket of rig.hosts.blue.sockets) socket.resetAndDestroy();
    expect(await client.outcome()).toBe('ECONNRESET');
    expect(rig.balancer.connections()).toMatchObject({ activeFlows: 0, targetResets: 1 });
  });

  test('is reset towards the target when the client resets it', async () => {
    await startWith(blue);
    const client = rig.client();
    await client.exchange('hello');
    const [host] = [...rig.hosts.blue.sockets].filter((socket) => socket.bytesRead > 0);
    const reset = new Promise((resolve) => host?.once('error', resolve));
    client.socket.resetAndDestroy();
    expect(await reset).toMatchObject({ code: 'ECONNRESET' });
    expect(rig.balancer.connections()).toMatchObject({ activeFlows: 0, clientResets: 1 });
  });

  test('is forgotten after the idle time-out, and reset when its client speaks again', async () => {
    await startWith(blue, { idleTimeoutSeconds: 20 });
    const client = rig.client();
    await client.exchange('hello');
    await until(() => rig.balancer.connections().idleFlows === 1, 'the flow is idle');
    expect(rig.balancer.connections().activeFlows).toBe(0);
    expect(client.error()).toBeUndefined();
    client.socket.write('still there?');
    expect(await client.outcome()).toBe('ECONNRESET');
    expect(client.received()).toBe('blue:hello');
  });

  test('is kept as long as something is sent within the idle time-out', async () => {
    const clock = await startOnManualClock({ idleTimeoutSeconds: 40 });
    const client = rig.client();
    await client.exchange('x');
    for (let sent = 0; sent < 5; sent += 1) {
      clock.advance(39_999);
      await client.exchange('x');
    }
    expect(rig.balancer.connections()).toMatchObject({ activeFlows: 1, idleFlows: 0 });
    clock.advance(40_000);
    expect(rig.balancer.connections()).toMatchObject({ activeFlows: 0, idleFlows: 1 });
  });
});

describe('keep-alives', () => {
  test('restart the idle time-out, where this system shows them', async () => {
    // A second and a half here: Linux sends keep-alives every second at most.
    await startWith(blue, { idleTimeoutSeconds: 300 });
    const [quiet, kept] = [rig.client(), rig.client()];
    kept.socket.setKeepAlive(true, 1000);
    for (const client of [quiet, kept]) await client.exchange('hello');
    const forgotten = process.platform === 'linux' ? 1 : 2;
    await until(() => rig.balancer.connections().idleFlows === forgotten, 'the quiet one is forgotten');
    await rig.clock.sleep(60_000);
    expect(rig.balancer.connections()).toMatchObject({ activeFlows: 2 - forgotten, idleFlows: forgotten });
    kept.socket.write('still?');
    quiet.socket.write('still?');
    expect(await quiet.outcome()).toBe('ECONNRESET');
    if (forgotten === 1) await until(() => kept.received() === 'blue:helloblue:still?', 'the other is served');
  });
});

describe('another group behind the listener', () => {
  test('is health-checked from then on, at weight 0 too', async () => {
    await start();
    const other = rig.createGroup('other');
    rig.listener.forwardTo([
      { targetGroupArn: rig.targetGroup.arn, weight: 1 },
      { targetGroupArn: other.arn, weight: 0 },
    ]);
    rig.register(green, other);
    await until(() => other.targets()[0]?.state === 'healthy', 'green is healthy');
  });

  test('leaves the connections to the former one alone for an hour', async () => {
    const clock = await startOnManualClock({ idleTimeoutSeconds: 6000 });
    const old = rig.client();
    await old.exchange('hello');
    rig.listener.forwardTo([{ targetGroupArn: rig.createGroup('other').arn }]);
    expect(await rig.client().outcome()).toBe('ECONNREFUSED');
    clock.advance(3_599_999);
    expect(await old.exchange('still')).toBe('blue:still');
    clock.advance(1);
    expect(rig.balancer.connections()).toMatchObject({ activeFlows: 0, balancerResets: 1 });
    old.socket.write('and now?');
    expect(await old.outcome()).toBe('ECONNRESET');
  });
});

describe('closing', () => {
  test('resets what is open and stops listening', async () => {
    await startWith(blue);
    const client = rig.client();
    await client.exchange('hello');
    await rig.balancer.close();
    expect(await client.outcome()).toBe('ECONNRESET');
    expect(await rig.client().outcome()).toBe('ECONNREFUSED');
    await until(() => rig.hosts.blue.sockets.size === 0, 'the target is rid of its connections');
  });
});

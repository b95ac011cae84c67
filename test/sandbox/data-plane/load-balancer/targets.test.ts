import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../until.ts';
import { createRig, type Rig } from './rig.ts';

const blue = '10.0.1.10';
const green = '10.0.1.20';
let rig: Rig;

async function startWith(ip: string, attributes: Readonly<Record<string, string>> = {}) {
  rig = await createRig({ attributes });
  rig.register(ip);
  await rig.turns(ip, 'healthy');
}

/** A client of blue, beside which green is healthy. */
async function startBesideHealthy(attributes: Readonly<Record<string, string>> = {}) {
  await startWith(blue, attributes);
  const client = rig.client();
  await client.exchange('hello');
  rig.register(green);
  await rig.turns(green, 'healthy');
  return client;
}

afterEach(() => rig.close());

describe('a target that leaves', () => {
  const terminate = { 'deregistration_delay.connection_termination.enabled': 'true' };

  test('gets no new connections while it drains, and keeps the old ones for good', async () => {
    await startWith(blue, { 'deregistration_delay.timeout_seconds': '10' });
    const old = rig.client();
    await old.exchange('hello');
    rig.register(green);
    await rig.turns(green, 'healthy');
    rig.deregister(blue);
    expect(rig.state(blue)).toBe('draining');
    for (const text of ['1', '2', '3']) expect(await rig.client().exchange(text)).toBe(`green:${text}`);
    await rig.turns(blue, undefined);
    expect(await old.exchange('still')).toBe('blue:still');
  });

  test('loses its connections after the end of the delay where termination is on, each at its next packet', async () => {
    await startWith(blue, { ...terminate, 'deregistration_delay.timeout_seconds': '60' });
    const old = rig.client();
    await old.exchange('hello');
    rig.deregister(blue);
    expect(await old.exchange('draining')).toBe('blue:draining');
    await rig.turns(blue, undefined);
    await rig.staysUntouched(old);
    old.socket.write('gone?');
    expect(await old.outcome()).toBe('ECONNRESET');
    expect(rig.balancer.connections()).toMatchObject({ activeFlows: 0, balancerResets: 1 });
    expect(rig.journal.all().find(({ what }) => what === 'flows-cut')?.detail).toMatchObject({
      ip: blue,
      port: 5432,
      reason: 'deregistered',
      flows: 1,
    });
  });

  test('loses them without a wait where the delay is zero, at their next packet', async () => {
    await startWith(blue, { ...terminate, 'deregistration_delay.timeout_seconds': '0' });
    const old = rig.client();
    await old.exchange('hello');
    rig.deregister(blue);
    expect(rig.balancer.connections()).toMatchObject({ activeFlows: 0, balancerResets: 1 });
    await rig.staysUntouched(old);
    old.socket.write('gone?');
    expect(await old.outcome()).toBe('ECONNRESET');
  });

  test('keeps them when it is registered again before the end', async () => {
    await startWith(blue, { ...terminate, 'deregistration_delay.timeout_seconds': '60' });
    const old = rig.client();
    await old.exchange('hello');
    rig.deregister(blue);
    rig.register(blue);
    await rig.turns(blue, 'healthy');
    await rig.clock.sleep(70_000);
    expect(await old.exchange('still')).toBe('blue:still');
  });
});

describe('a target that turns unhealthy', () => {
  test('loses its connections at their next packet', async () => {
    const client = await startBesideHealthy();
    rig.network.detach(blue, 5432);
    await rig.turns(blue, 'unhealthy');
    expect(rig.balancer.connections()).toMatchObject({ activeFlows: 0, balancerResets: 1 });
    await rig.staysUntouched(client);
    client.socket.write('gone?');
    expect(await client.outcome()).toBe('ECONNRESET');
  });

  test('keeps them when no target is healthy then: failing open resets nothing', async () => {
    await startWith(blue);
    const client = rig.client();
    await client.exchange('hello');
    rig.network.detach(blue, 5432);
    await rig.turns(blue, 'unhealthy');
    expect(await client.exchange('still')).toBe('blue:still');
  });

  test('keeps them where termination is off', async () => {
    const client = await startBesideHealthy({
      'target_health_state.unhealthy.connection_termination.enabled': 'false',
    });
    rig.network.detach(blue, 5432);
    await rig.turns(blue, 'unhealthy');
    expect(await client.exchange('still')).toBe('blue:still');
  });

  test('loses them at the end of the draining interval', async () => {
    const client = await startBesideHealthy({
      'target_health_state.unhealthy.connection_termination.enabled': 'false',
      'target_health_state.unhealthy.draining_interval_seconds': '60',
    });
    rig.network.detach(blue, 5432);
    await rig.turns(blue, 'unhealthy.draining');
    expect(await client.exchange('draining')).toBe('blue:draining');
    await rig.turns(blue, 'unhealthy');
    client.socket.write('gone?');
    expect(await client.outcome()).toBe('ECONNRESET');
  });
});

describe('health checks', () => {
  test('connect to each registered target at the interval, and tell both ways', async () => {
    await startWith(blue);
    rig.register(green);
    await rig.turns(green, 'healthy');
    rig.network.detach(green, 5432);
    await rig.turns(green, 'unhealthy');
    rig.network.attach(green, 5432, rig.hosts.green.port);
    await rig.turns(green, 'healthy');
    expect(rig.state(blue)).toBe('healthy');
    expect(rig.hosts.blue.accepted()).toBeGreaterThan(3);
  });

  test('fail a host that does not answer within the time-out', async () => {
    // It never accepts, and its queue of connections is full: the kernel drops what else arrives.
    const script = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
      require('node:fs').writeSync(1, String(this.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
    const host = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void host.kill('SIGKILL'));
    const port = Number(await new Promise((resolve) => host.stdout.once('data', resolve)));
    const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    onTestFinished(() => {
      for (const socket of fillers) socket.destroy();
    });
    await until(() => fillers.filter(({ connecting }) => !connecting).length >= 2, 'its queue is full');
    rig = await createRig();
    rig.network.attach(blue, 5432, port);
    rig.register(blue);
    await rig.turns(blue, 'unhealthy');
  });

  test('leave a draining target alone', async () => {
    await startWith(blue, { 'deregistration_delay.timeout_seconds': '60' });
    rig.register(green);
    await rig.turns(green, 'healthy');
    rig.deregister(green);
    await until(() => rig.hosts.green.sockets.size === 0, 'the last check is over');
    const before = rig.hosts.green.accepted();
    const reference = rig.hosts.blue.accepted();
    await until(() => rig.hosts.blue.accepted() > reference + 5, 'the other target is checked');
    expect(rig.hosts.green.accepted()).toBe(before);
  });
});

describe('a host that dies without a word', () => {
  test('leaves a client alone when nothing comes back from the target: no answer to its SYN, no reset, no end', async () => {
    await startWith(blue, { 'target_health_state.unhealthy.connection_termination.enabled': 'false' });
    const port = rig.network.locate(blue, 5432) ?? 0;
    const old = rig.client();
    expect(await old.exchange('before')).toBe('blue:before');
    rig.network.silence(blue, 5432);
    await rig.hosts.blue.close();
    old.socket.write('after');
    await until(() => rig.journal.all().some(({ what }) => what === 'door-silent'), 'the door is silent');
    const client = rig.client();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect({ connecting: client.socket.connecting, error: client.error() }).toEqual({
      connecting: true,
      error: undefined,
    });
    expect({ received: old.received(), error: old.error(), ended: old.ended() }).toEqual({
      received: 'blue:before',
      error: undefined,
      ended: false,
    });
    rig.network.attach(blue, 5432, port);
    await until(() => rig.journal.all().filter(({ what }) => what === 'door-open').length === 2, 'the door is open');
  });
});

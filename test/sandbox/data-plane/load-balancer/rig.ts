import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect } from 'vitest';
import { createElbv2 } from '../../../../sandbox/aws/elbv2/elbv2.ts';
import type { TargetGroupSpec } from '../../../../sandbox/aws/elbv2/target-group.ts';
import type { LoadBalancerOptions } from '../../../../sandbox/data-plane/load-balancer/flow-table.ts';
import { createLoadBalancer } from '../../../../sandbox/data-plane/load-balancer/load-balancer.ts';
import { createClock } from '../../../../sandbox/world/clock.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';
import { createDelays, delayProfiles } from '../../../../sandbox/world/load-balancer-delays.ts';
import { createNetwork } from '../../../../sandbox/world/network.ts';
import { vpc } from '../../aws/elbv2/rig.ts';
import { until } from '../../until.ts';

/** A host that answers each chunk with its name in front, and half-closes when its client does. */
async function createHost(name: string) {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => socket.write(`${name}:${chunk}`));
    socket.on('end', () => socket.end(`${name}:bye`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    server,
    sockets,
    accepted: () => accepted,
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A client of the load balancer: what it received, and how its connection went. */
function createClient(port: number) {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  let received = '';
  let error: string | undefined;
  let ended = false;
  socket.setEncoding('utf8');
  socket.on('data', (text) => {
    received += text;
  });
  socket.on('error', (cause: NodeJS.ErrnoException) => {
    error = cause.code;
  });
  socket.on('end', () => {
    ended = true;
  });
  return {
    socket,
    received: () => received,
    error: () => error,
    ended: () => ended,
    async exchange(text: string) {
      const before = received.length;
      socket.write(text);
      await until(() => received.length > before, `there is an answer to ${text}`);
      return received.slice(before);
    },
    outcome: () => until(() => error !== undefined || ended, 'the connection ends').then(() => error ?? 'ended'),
  };
}

const healthCheck = { intervalSeconds: 5, timeoutSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 2 };

/** ELBv2, a network with two hosts at 10.0.1.10 and 10.0.1.20, and the load balancer in front, 200 times faster. */
export async function createRig(spec: Partial<TargetGroupSpec> = {}, options: Partial<LoadBalancerOptions> = {}) {
  const clock = createClock(200);
  const journal = createJournal();
  const network = createNetwork();
  const delays = createDelays({ ...delayProfiles.ideal, firstCheck: 1000, registration: 1000 }, () => 0);
  const elbv2 = createElbv2({ clock, journal, vpc, delays });
  const targetGroup = elbv2.createTargetGroup({
    name: 'orders-writer',
    port: 5432,
    healthCheck,
    ...spec,
  });
  const { listeners } = elbv2.createLoadBalancer({
    name: 'orders',
    listeners: [{ port: 5432, targetGroupArn: targetGroup.arn }],
  });
  const [listener] = listeners;
  if (!listener) throw new Error('no listener');
  const [blue, green] = await Promise.all([createHost('blue'), createHost('green')]);
  network.attach('10.0.1.10', 5432, blue.port);
  network.attach('10.0.1.20', 5432, green.port);
  const balancer = await createLoadBalancer({ listener, delays, network, clock, journal, ...options });
  const clients = new Set<Socket>();

  const call = (operation: string, ip: string, group = targetGroup) =>
    elbv2.service.operations[operation]?.(
      new Map([
        ['TargetGroupArn', group.arn],
        ['Targets.member.1.Id', ip],
      ]),
    );
  const state = (ip: string) => targetGroup.targets().find((target) => target.ip === ip)?.state;
  return {
    clock,
    journal,
    network,
    targetGroup,
    listener,
    createGroup: (name: string) => elbv2.createTargetGroup({ name, port: 5432, healthCheck }),
    balancer,
    hosts: { blue, green },
    register: (ip: string, group = targetGroup) => call('RegisterTargets', ip, group),
    deregister: (ip: string) => call('DeregisterTargets', ip),
    state,
    turns: (ip: string, wanted: string | undefined) => until(() => state(ip) === wanted, `${ip} is ${wanted}`),
    /** The load balancer tells the client nothing of its own accord. */
    async staysUntouched({ error, ended }: Pick<ReturnType<typeof createClient>, 'error' | 'ended'>) {
      await clock.sleep(5_000);
      expect({ error: error(), ended: ended() }).toEqual({ error: undefined, ended: false });
    },
    client() {
      const client = createClient(balancer.port);
      clients.add(client.socket);
      return client;
    },
    async close() {
      for (const socket of clients) socket.destroy();
      await balancer.close();
      elbv2.close();
      clock.close();
      await Promise.all([blue.close(), green.close()]);
    },
  };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;

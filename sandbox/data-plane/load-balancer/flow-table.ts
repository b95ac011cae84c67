import type { Socket } from 'node:net';
import { type Target, targetKey } from '../../../lib/domain.ts';
import type { SandboxClock } from '../../world/clock.ts';
import type { Journal } from '../../world/journal.ts';
import type { Delays } from '../../world/load-balancer-delays.ts';
import type { Network } from '../../world/network.ts';
import { reset } from '../../world/sockets.ts';
import type { Listener, TargetGroup } from '../../world/types.ts';
import { createFlow, type Flow, type FlowEnd } from './flow.ts';
import { drawShare, type Route, type Routes } from './routes.ts';

export type LoadBalancerOptions = {
  readonly listener: Listener;
  readonly network: Network;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly delays: Delays;
  /** Chooses among several targets; gives [0, 1). */
  readonly random?: () => number;
  /** `tcp.idle_timeout.seconds`, in AWS seconds; default 350. */
  readonly idleTimeoutSeconds?: number;
};

/** Like the metrics of a Network Load Balancer, counted from its start. */
export type FlowCounters = {
  /** Connected with a target now. */
  readonly activeFlows: number;
  /** By `ip:port`; targets without a flow are left out. */
  readonly activeByTarget: Readonly<Record<string, number>>;
  /** Ever connected with a target. */
  readonly newFlows: number;
  /** Of these, those that were given to a target that was not healthy (fail open). */
  readonly unhealthyRoutingFlows: number;
  /** Clients that were reset because there was no target or it did not accept. */
  readonly rejectedFlows: number;
  /** Connected flows that the client or the target reset, or the load balancer ended. */
  readonly clientResets: number;
  readonly targetResets: number;
  readonly balancerResets: number;
  /** Flows that were forgotten after the idle time-out. */
  readonly idleFlows: number;
};

type Tally = { -readonly [Key in Exclude<keyof FlowCounters, 'activeFlows' | 'activeByTarget'>]: number };

/** The flows of one load balancer. */
export type FlowTable = {
  accept(client: Socket): void;
  /** Ends every flow with this target. */
  cut(group: TargetGroup, target: Target, reason: string): void;
  /** The listener leads to the group no longer: its flows go on, for an hour at most. */
  retire(group: TargetGroup): void;
  counters(): FlowCounters;
  close(): Promise<void>;
};

const endings: Readonly<Partial<Record<FlowEnd, keyof Tally>>> = {
  refused: 'rejectedFlows',
  'client-reset': 'clientResets',
  'target-reset': 'targetResets',
  cut: 'balancerResets',
  idle: 'idleFlows',
};

const emptyTally = (): Tally => ({
  newFlows: 0,
  unhealthyRoutingFlows: 0,
  rejectedFlows: 0,
  clientResets: 0,
  targetResets: 0,
  balancerResets: 0,
  idleFlows: 0,
});

function countByTarget(flows: Iterable<{ readonly key: string; readonly open: boolean }>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { key, open } of flows) if (open) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

/** Every socket that is not closed yet. */
function createSockets() {
  const sockets = new Set<Socket>();
  let emptied = () => {};
  return {
    track(socket: Socket) {
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        if (sockets.size === 0) emptied();
      });
    },
    async close() {
      if (sockets.size === 0) return;
      const empty = new Promise<void>((resolve) => {
        emptied = resolve;
      });
      for (const socket of sockets) socket.destroy();
      await empty;
    },
  };
}

type Choice =
  | { readonly kind: 'routed'; readonly route: Route; readonly localPort: number }
  /** Nothing comes back from the target. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'rejected'; readonly reason: 'no-target' | 'unreachable'; readonly target?: Target };

/** Among the targets that answer: the door has refused the clients of the others. */
function choose(routes: Routes, network: Network, random: () => number): Choice {
  const shares = routes.shares();
  const answering = shares.filter(({ route }) => route && network.locate(route.target.ip, route.target.port));
  const { route } = drawShare(answering.length > 0 ? answering : shares, random) ?? {};
  if (!route) return { kind: 'rejected', reason: 'no-target' };
  const { ip, port } = route.target;
  if (network.isSilent(ip, port)) return { kind: 'silent' };
  const localPort = network.locate(ip, port);
  if (localPort === undefined) return { kind: 'rejected', reason: 'unreachable', target: { ip, port } };
  return { kind: 'routed', route, localPort };
}

/** "for up to one hour if traffic is being sent": listener-update-rules. */
const retiredAwsMs = 3_600_000;

/** Each accepted client becomes a flow with one of the group's targets, or is reset. */
export function createFlowTable(
  options: Omit<LoadBalancerOptions, 'listener' | 'delays'>,
  routes: () => Routes,
): FlowTable {
  const { network, clock, journal, random = Math.random, idleTimeoutSeconds = 350 } = options;
  const flows = new Map<
    Flow,
    { readonly group: TargetGroup; readonly key: string; readonly target: Target; open: boolean }
  >();
  const tally = emptyTally();
  const sockets = createSockets();

  const writeRejected = (reason: string, target?: Target) => {
    const where = target ? { ip: target.ip, port: target.port } : {};
    journal.write('load-balancer', 'flow-rejected', { reason, ...where });
  };

  const accept = (client: Socket) => {
    // The client may disconnect before it has a route.
    client.on('error', () => {});
    const choice = choose(routes(), network, random);
    if (choice.kind === 'silent') {
      sockets.track(client);
      client.resume();
      return;
    }
    if (choice.kind === 'rejected') {
      tally.rejectedFlows += 1;
      writeRejected(choice.reason, choice.target);
      return reset(client);
    }
    const { route, localPort } = choice;
    const { group, target } = route;
    const entry = { group, key: targetKey(target), target, open: false };
    const opened = () => {
      entry.open = true;
      tally.newFlows += 1;
      if (!target.isHealthy) tally.unhealthyRoutingFlows += 1;
    };
    const ended = (how: FlowEnd) => {
      flows.delete(flow);
      const counter = endings[how];
      if (counter) tally[counter] += 1;
      if (how === 'refused') writeRejected(how, target);
    };
    const idleAwsMs = idleTimeoutSeconds * 1000;
    const flow = createFlow({ client, localPort, clock, idleAwsMs, track: sockets.track, opened, ended });
    flows.set(flow, entry);
  };

  const unfollow = network.onChange(() => {
    for (const [flow, { target }] of flows) if (network.isSilent(target.ip, target.port)) flow.mute();
  });

  return {
    accept,
    cut(group, target, reason) {
      const key = targetKey(target);
      const affected = [...flows].filter(([, entry]) => entry.group === group && entry.key === key);
      for (const [flow] of affected) flow.cut();
      const detail = { ip: target.ip, port: target.port, reason, flows: affected.length };
      if (affected.length > 0) journal.write('load-balancer', 'flows-cut', detail);
    },
    retire(group) {
      const retired = [...flows].filter(([, entry]) => entry.group === group);
      if (retired.length > 0) clock.after(retiredAwsMs, () => retired.forEach(([flow]) => void flow.cut()));
    },
    counters() {
      const activeByTarget = countByTarget(flows.values());
      const activeFlows = Object.values(activeByTarget).reduce((sum, count) => sum + count, 0);
      return { ...tally, activeFlows, activeByTarget };
    },
    async close() {
      unfollow();
      for (const flow of [...flows.keys()]) flow.reset();
      await sockets.close();
    },
  };
}

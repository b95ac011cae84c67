import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createTcpClient } from '../../cli/drill/clients/tcp.ts';
import type { Resolver } from '../../lib/ports.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Engine } from '../../sandbox/world/types.ts';
import { type Target, type TargetClient, tryTargets } from '../attempts.ts';
import type { ClientAttempt, ClientRequest, Place } from '../contract.ts';

/* What the client function does in the account, on this machine. Its servers are listeners that say who they are. */

/** Longer than any connection that comes about; AWS ms. */
const timeoutMs = 3000;
/** Below this, a busy machine would be measured. */
const shortestTimeoutMs = 150;

type Around = {
  readonly sandbox: Sandbox;
  readonly engine: Engine;
  readonly resolver: Resolver;
  /** The addresses of hosts that have answered. */
  readonly servers: Map<string, string>;
};

/** Tries every target each `everyMs` until the time is over, or at the signal. Times of the request are AWS's. */
export function tryInSandbox(
  around: Around,
  { targets, seconds, everyMs }: ClientRequest,
  signal: AbortSignal,
): Promise<ClientAttempt[]> {
  const { speed } = around.sandbox.clock;
  const limitMs = Math.max(shortestTimeoutMs, timeoutMs / speed);
  const clientOf = (target: Target): TargetClient => ({
    attempt: (told) => attempt(around, target, limitMs, told),
  });
  const over = AbortSignal.any([signal, AbortSignal.timeout(Math.round((seconds * 1000) / speed))]);
  return tryTargets(targets, clientOf, everyMs / speed, over);
}

async function attempt(around: Around, target: Target, limitMs: number, told: (server: string) => void) {
  const place = await placeOf(around, target);
  if (!place) return noAnswer(around, target, limitMs);
  if (target.kind === 'tcp') return createTcpClient(place, { timeoutMs: limitMs, holdMs: 0 }).attempt(0);
  const { hostId, role } = await greeting(place, limitMs);
  told(addressOf(hostId, around));
  if (role !== 'primary') throw fault('25006');
}

const fault = (code: string) => Object.assign(new Error(code), { code });

/** Where on this machine a place of the sandbox listens: a load balancer's, or that of an address in its VPC. */
async function placeOf({ sandbox, resolver }: Around, { host, port }: Place): Promise<Place | undefined> {
  if (host === '127.0.0.1') return { host, port };
  const answer = isName(host) ? await resolver.resolve(host) : undefined;
  const ip = answer?.kind === 'addresses' ? answer.addresses[0] : host;
  const local = ip && sandbox.network.locate(ip, port);
  return local ? { host: '127.0.0.1', port: local } : undefined;
}

const isName = (host: string): boolean => host.endsWith('.amazonaws.com');

/** Where nothing listens: a host that is fenced does not answer, another one refuses. */
async function noAnswer({ sandbox: { network } }: Around, { host, port }: Place, limitMs: number): Promise<never> {
  if (!isName(host) && !network.isSilent(host, port)) throw fault('ECONNREFUSED');
  await wait(limitMs);
  throw fault('ETIMEDOUT');
}

/** A listener answers any message with its host and role, as PostgreSQL answers who is in recovery. */
async function greeting(place: Place, limitMs: number): Promise<{ readonly hostId: string; readonly role: string }> {
  const socket = connect(place);
  socket.setTimeout(limitMs, () => socket.destroy(fault('ETIMEDOUT')));
  socket.write('who are you?\n');
  for await (const said of socket) return JSON.parse(String(said));
  throw fault('closed at once');
}

/** A server is known by its address, also when it is gone by now. */
function addressOf(hostId: string, { sandbox: { database, network }, engine, servers }: Around): string {
  const { port } = database.writer();
  const local = engine.localPort(hostId);
  const ip = database.places().find((one) => network.locate(one.ip, port) === local)?.ip;
  if (ip) servers.set(hostId, ip);
  return servers.get(hostId) ?? hostId;
}

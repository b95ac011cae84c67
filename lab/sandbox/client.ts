import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Resolver } from '../../lib/ports.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Engine } from '../../sandbox/world/types.ts';
import type { ClientAttempt, ClientRequest, Place } from '../contract.ts';

/* What the client function does in the account, on this machine. Its servers are listeners that say who they are. */

type Target = ClientRequest['targets'][number];
type Answer = Pick<ClientAttempt, 'outcome' | 'detail' | 'server'>;

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
export async function tryTargets(
  around: Around,
  { targets, seconds, everyMs }: ClientRequest,
  signal: AbortSignal,
): Promise<ClientAttempt[]> {
  const { sandbox, resolver } = around;
  const { speed } = sandbox.clock;
  const patience = Math.max(shortestTimeoutMs, timeoutMs / speed);
  const attempts: Promise<ClientAttempt>[] = [];
  const one = async (target: Target): Promise<ClientAttempt> => {
    const at = Date.now();
    const place = await placeOf(sandbox, target, resolver);
    const answer = await (place ? ask(place, target.kind, patience) : nothing(sandbox, target, patience));
    return { at, target: target.name, ms: Date.now() - at, ...named(answer, around) };
  };
  for (const end = Date.now() + (seconds * 1000) / speed; Date.now() < end && !signal.aborted; ) {
    for (const target of targets) attempts.push(one(target));
    await wait(everyMs / speed, undefined, { signal }).catch(() => {});
  }
  return Promise.all(attempts);
}

/** Where on this machine a place of the sandbox listens: a load balancer's, or that of an address in its VPC. */
async function placeOf(sandbox: Sandbox, { host, port }: Place, resolver: Resolver): Promise<Place | undefined> {
  if (host === '127.0.0.1') return { host, port };
  const ip = host.endsWith('.amazonaws.com') ? await addressOf(host, resolver) : host;
  const local = ip && sandbox.network.locate(ip, port);
  return local ? { host: '127.0.0.1', port: local } : undefined;
}

async function addressOf(host: string, resolver: Resolver): Promise<string | undefined> {
  const answer = await resolver.resolve(host);
  return answer.kind === 'addresses' ? answer.addresses[0] : undefined;
}

/** An address where nothing listens: a host that is fenced does not answer, another one refuses. */
async function nothing({ network }: Sandbox, { host, port }: Place, patience: number): Promise<Answer> {
  if (!host.endsWith('.amazonaws.com') && !network.isSilent(host, port)) return { outcome: 'refused' };
  await wait(patience);
  return { outcome: 'timeout' };
}

/** A listener answers any message with its host and role, as PostgreSQL answers who is in recovery. */
function ask(place: Place, kind: Target['kind'], patience: number): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(place);
    const end = (answer: Answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patience, () => end({ outcome: 'timeout' }));
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      end({ outcome: code === 'ECONNREFUSED' ? 'refused' : 'error', detail: code ?? 'unknown' }),
    );
    socket.once('end', () => end({ outcome: 'error', detail: 'closed at once' }));
    socket.once('connect', () => (kind === 'tcp' ? end({ outcome: 'ok' }) : socket.write('who are you?\n')));
    socket.once('data', (said) => {
      const { hostId, role } = JSON.parse(said.toString());
      end({ server: hostId, ...(role === 'primary' ? { outcome: 'ok' } : { outcome: 'error', detail: 'read-only' }) });
    });
  });
}

/** A server is known by its address, also when it is gone by now. */
function named(answer: Answer, { sandbox: { database, network }, engine, servers }: Around): Answer {
  if (answer.server === undefined) return answer;
  const { port } = database.writer();
  const local = engine.localPort(answer.server);
  const ip = database.places().find((one) => network.locate(one.ip, port) === local)?.ip;
  if (ip) servers.set(answer.server, ip);
  return { ...answer, server: servers.get(answer.server) ?? answer.server };
}

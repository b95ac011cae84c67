import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { throughSocket } from '../../../../lib/adapters/prober/dial.ts';
import { createLogin } from '../../../../lib/adapters/prober/login.ts';
import { createProber } from '../../../../lib/adapters/prober/prober.ts';
import { readRoots } from '../../../../lib/adapters/prober/roots.ts';
import type { Session } from '../../../../lib/adapters/prober/session.ts';
import type { SessionsOptions } from '../../../../lib/adapters/prober/sessions.ts';
import { createAuthority } from '../../../../sandbox/data-plane/postgres/access.ts';
import { startFakeMysql } from './fake-mysql.ts';
import { host, probe, probing, secretsWith, whyOf } from './rig.ts';

/* How an attempt to ask a member begins, and what it leaves. */

const member = { ip: '127.0.0.1', port: 5432, host };
const { client } = secretsWith({ password: 'right' });

describe('the socket of an attempt', () => {
  const attempt = (signal = new AbortController().signal) => ({ signal, reached: () => {} });

  test('is never opened once the attempt is over', async () => {
    const use = vi.fn();
    await expect(throughSocket(attempt(AbortSignal.abort(new Error('over'))), use)).rejects.toThrow('over');
    expect(use).not.toHaveBeenCalled();
  });

  test('is gone when the login fails, and an error of it that comes later harms nothing', async () => {
    const used: Socket[] = [];
    const refuses = async (socket: Socket) => {
      used.push(socket);
      throw new Error('refused');
    };
    await expect(throughSocket(attempt(), refuses)).rejects.toThrow('refused');
    expect(used[0]?.destroyed).toBe(true);
    expect(() => used[0]?.emit('error', new Error('late'))).not.toThrow();
  });

  test('is closed a second after the goodbye, should the server leave that unanswered', async () => {
    const session: Session = { isOpen: () => true, isWriter: async () => true, end: () => {} };
    const sockets: Socket[] = [];
    const login = createLogin({ probe, client, env: {}, roots: async () => '' });
    const driver = async () => async (opening: { socket: Socket }) => {
      sockets.push(opening.socket);
      return session;
    };
    const opened = [
      await login.open({ member, ...attempt() }, driver),
      await login.open({ member, ...attempt() }, driver),
    ];
    const [answered, silent] = sockets;
    answered?.destroy();
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    for (const one of opened) one.end();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(999);
    expect(silent?.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(silent?.destroyed).toBe(true);
  });
});

test('the root certificates are read from their file; one that is missing or holds none is told', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'roots-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = pathToFileURL(join(directory, 'rds-roots.pem'));
  await expect(readRoots(file)).rejects.toThrow(/^rds-roots.pem is missing beside index.mjs/);
  writeFileSync(file, '# none yet\n');
  await expect(readRoots(file)).rejects.toThrow(/^rds-roots.pem is missing beside index.mjs/);
  const { certificate } = createAuthority();
  writeFileSync(file, certificate);
  expect(await readRoots(file)).toBe(certificate);
});

test('an attempt that waits for what the login needs says so, and connects to no member', async () => {
  const prober = probing({ client, roots: () => new Promise(() => {}), timeoutMs: 20 });
  expect(whyOf(await prober.ask(member))).toMatch(/^what the login needs was not there within 0.02 s. Next: check/);
});

test('a PostgreSQL that accepts and hangs up is asked each time: it does not count logins that were cut', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => {}).end()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const prober = probing({ client, roots: async () => createAuthority().certificate });
  const { port } = server.address() as AddressInfo;
  for (let round = 0; round < 5; round += 1)
    expect(whyOf(await prober.ask({ ...member, port }))).not.toMatch(/After 3 such/);
  expect(sockets).toHaveLength(5);
});

describe('what asks members', () => {
  test('is loaded with the first question, keeps one session, and ends it with the run', async () => {
    const server = await startFakeMysql(host);
    onTestFinished(() => server.close());
    const options = { probe, client, env: {}, engine: () => 'mysql', timeoutMs: 5000, roots: async () => server.roots };
    const prober = createProber(options);
    prober.close();
    for (const _ of [1, 2]) expect(await prober.ask({ ...member, port: server.port })).toEqual({ kind: 'writer' });
    expect(await server.sessions()).toHaveLength(1);
    expect(server.sockets()).toBe(1);
    prober.close();
    await vi.waitFor(async () => expect(await server.sessions()).toEqual([]), { timeout: 10_000, interval: 10 });
    expect(await server.aborted()).toBe(0);
  });

  test('says what to deploy where it is not there, and never throws', async () => {
    const missing = {
      get probe(): never {
        throw new Error("Cannot find module './probe.mjs'");
      },
    };
    const prober = createProber(missing as unknown as SessionsOptions);
    expect(await prober.ask(member)).toEqual({
      kind: 'unknown',
      why: "the probe is not there (Cannot find module './probe.mjs'). Next: deploy the whole directory of the bundle.",
    });
    expect(() => prober.close()).not.toThrow();
  });
});

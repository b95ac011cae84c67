import { expect, test } from 'vitest';
import { failureOf, oddAnswer } from '../../../../lib/adapters/prober/faults.ts';
import { createLogin } from '../../../../lib/adapters/prober/login.ts';
import type { Session } from '../../../../lib/adapters/prober/session.ts';
import { clientWith, host, probe, probing, secretsWith, whyOf } from './rig.ts';

const member = { ip: '127.0.0.1', port: 5432, host };

/** What is told of a member whose answer, after a login, is this error. */
async function toldOf(error: Error): Promise<string> {
  const { client } = secretsWith({ password: 'hunter2' });
  const login = createLogin({ probe, client, env: {}, roots: async () => '' });
  const session: Session = { isOpen: () => true, isWriter: () => Promise.reject(error), end: () => {} };
  const attempt = { member, signal: new AbortController().signal, reached: () => {} };
  const { isWriter } = await login.open(attempt, async () => async () => session);
  const thrown = await isWriter().catch((reason: unknown) => reason);
  const { answer } = failureOf(thrown, { member, probe, stage: 'answer', timeoutMs: 1000 });
  return answer.kind === 'unknown' ? answer.why : answer.kind;
}

test('a server that repeats the password in its answer does not bring it into a report', async () => {
  expect(await toldOf(oddAnswer(['hunter2']))).toBe('the answer ["…"] is not one that is known');
  const refused = Object.assign(new Error('no function of hunter2'), { code: '42883' });
  expect(await toldOf(refused)).toBe('42883: no function of …');
});

test('an answer of any length takes one short line of a report', async () => {
  expect((await toldOf(oddAnswer('x'.repeat(1_000_000)))).length).toBeLessThan(300);
  expect(await toldOf(oddAnswer(undefined))).toBe('the answer undefined is not one that is known');
});

test('a secret that may not be read is asked for once a second, not with each question', async () => {
  const body = JSON.stringify({ __type: 'AccessDeniedException', Message: 'no grant' });
  const { client, sent } = clientWith(() => ({ status: 400, body }));
  const prober = probing({ client, roots: async () => '' });
  const said = [whyOf(await prober.ask(member)), whyOf(await prober.ask(member)), whyOf(await prober.ask(member))];
  expect(said[2]).toMatch(/secretsmanager:GetSecretValue failed \(AccessDenied\)/);
  expect(sent).toHaveLength(1);
});

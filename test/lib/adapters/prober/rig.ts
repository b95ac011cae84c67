import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { onTestFinished } from 'vitest';
import { createSessions, type SessionsOptions } from '../../../../lib/adapters/prober/sessions.ts';
import type { ProbeAnswer, Prober } from '../../../../lib/ports.ts';

export const host = 'orders.c1example.eu-central-1.rds.amazonaws.com';
export const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-probe-AbCdEf';
export const credentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'secret-key',
  sessionToken: 'session/token+=',
};

export type Sent = { hostname: string; protocol: string; path: string; headers: Record<string, string>; body: string };
type Reply = { status?: number; body: string };

/** The load balancer's client, and what goes through it. */
export function clientWith(reply: (sent: Sent) => Reply | Promise<Reply>, settings: object = {}) {
  const sent: Sent[] = [];
  const requestHandler = {
    async handle(request: Sent) {
      sent.push(request);
      const { status = 200, body } = await reply(request);
      return { response: { statusCode: status, headers: {}, body: Buffer.from(body) } };
    },
  };
  const config = { region: 'eu-central-1', credentials, requestHandler: requestHandler as never, ...settings };
  return { client: new ElasticLoadBalancingV2Client(config), sent };
}

/** Secrets Manager with one secret, which a test may change. */
export function secretsWith(secret: { username?: string; password: string }) {
  const kept = { ...secret };
  return { kept, ...clientWith(() => ({ body: JSON.stringify({ ARN: arn, SecretString: JSON.stringify(kept) }) })) };
}

export const probe = { login: 'secret', user: 'rds_target_probe', secretArn: arn } as const;

/** A prober that is closed with the test. */
export function probing(options: Pick<SessionsOptions, 'client' | 'roots'> & Partial<SessionsOptions>): Prober {
  const prober = createSessions({ probe, engine: () => 'postgres', timeoutMs: 5000, env: {}, ...options });
  onTestFinished(() => prober.close());
  return prober;
}

/** What is told of a member that could not be asked. */
export const whyOf = (answer: ProbeAnswer): string => (answer.kind === 'unknown' ? answer.why : answer.kind);

import { createTcpClient } from '../../cli/drill/clients/tcp.ts';
import { type Target, type TargetClient, tryTargets } from '../../lab/attempts.ts';
import type { ClientReply } from '../../lab/contract.ts';
import { createWriter, type Servers } from './postgres.ts';
import { requestIn } from './request.ts';

/** As the drill does on AWS (cli/drill/aws.ts). */
const limits = { timeoutMs: 1000, holdMs: 50 };

/**
 * The lab's client: tries every target again and again with the clients of the drill, and returns each attempt.
 * @throws Error for a request that it does not understand, with all problems; and when the login cannot be read
 */
export function createLabClient(servers: Servers): (event: unknown) => Promise<ClientReply> {
  const clientOf = ({ kind, host, port }: Target): TargetClient => {
    if (kind === 'postgres') return { attempt: createWriter(servers, { host, port }, limits.timeoutMs) };
    const { holdMs, attempt } = createTcpClient({ host, port }, limits);
    return { holdMs, attempt: () => attempt(0) };
  };
  return async (event) => {
    const { targets, seconds, everyMs } = requestIn(event);
    const over = AbortSignal.timeout(Math.round(seconds * 1000));
    if (targets.some(({ kind }) => kind === 'postgres')) await servers.login();
    return { attempts: await tryTargets(targets, clientOf, everyMs, over) };
  };
}

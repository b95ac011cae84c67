import { isIP } from 'node:net';
import { isLive, targetKey } from '../../lib/domain.ts';
import type { DnsAnswer } from '../../lib/ports.ts';
import type { Address, DrillPorts } from './ports.ts';
import type { Sample } from './record.ts';

export function dnsText(answer: DnsAnswer): string {
  switch (answer.kind) {
    case 'addresses':
      return answer.addresses.join(', ');
    case 'failed':
      return `failed: ${answer.code}`;
    case 'too-many':
      return `${answer.count} addresses`;
    default:
      return answer.kind === 'not-found' ? 'not found' : 'no address';
  }
}

/** One look at everything, at the same time. `place` is where the writer is said to be. */
export async function takeSample(
  { database, resolver, targetGroup }: Pick<DrillPorts, 'database' | 'resolver' | 'targetGroup'>,
  signal?: AbortSignal,
): Promise<Sample & { readonly place?: Address }> {
  const [standing, targets] = await Promise.all([database.describe(signal), targetGroup.list(signal)]);
  const { endpoint, engine, writer, ...rest } = standing;
  const dns = endpoint ? dnsText(await resolver.resolve(endpoint.host, signal)) : 'no endpoint';
  return {
    ...rest,
    writer,
    engine,
    place: endpoint,
    dns,
    targets: targets.filter(isLive).map((target) => `${targetKey(target)} ${target.state}`),
  };
}

/** The group holds the address of the name, healthy, and nothing else. */
export const isInSync = ({ dns, targets }: Pick<Sample, 'dns' | 'targets'>, port: number): boolean =>
  targets.length === 1 && targets[0] === `${keyOf(dns, port)} healthy`;

/** As the group would hold it; an answer that is no address stays as it is. */
export const keyOf = (dns: string, port: number): string => (isIP(dns) ? targetKey({ ip: dns, port }) : dns);

import { isIP } from 'node:net';
import { isLive, targetKey } from '../../lib/domain.ts';
import type { DnsAnswer } from '../../lib/ports.ts';
import type { Address, DrillPorts } from './ports.ts';
import type { DrillRecord, Sample } from './record.ts';

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

/** Reads everything once, concurrently. `place`: the endpoint that the RDS API gives. */
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

export type Held = Pick<Sample, 'dns' | 'targets' | 'isMultiAz' | 'readers'> &
  Pick<DrillRecord['database'], 'warmStandby'>;

/** The group holds the name's address, and it is healthy; beside it at most the standby that is kept warm, unhealthy before a failover. */
export function isInSync({ dns, targets, isMultiAz, readers, warmStandby }: Held, port: number): boolean {
  const writer = `${keyOf(dns, port)} healthy`;
  const others = targets.filter((target) => target !== writer);
  return (
    others.length < targets.length &&
    others.length <= (warmStandby && isMultiAz && readers.length === 0 ? 1 : 0) &&
    others.every(isStandby)
  );
}

const isStandby = (target: string): boolean => target.endsWith(' unhealthy');

/** The target's key for an address; any other answer stays as it is. */
export const keyOf = (dns: string, port: number): string => (isIP(dns) ? targetKey({ ip: dns, port }) : dns);

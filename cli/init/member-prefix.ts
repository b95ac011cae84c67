import { isAutoscaledReader } from '../../lib/contradictions.ts';
import type { Found } from './account.ts';

/**
 * What the identifiers of all members of a cluster begin with, and no other of the Region's instances: the cluster's own identifier, or what
 * they share up to a hyphen. Readers that Aurora Auto Scaling named do not count. Undefined where there is nothing of the kind.
 */
export function memberPrefixOf({ kind, id, topology }: Found, instanceIds: readonly string[]): string | undefined {
  if (kind !== 'cluster') return undefined;
  const all = topology.instances.map((one) => one.id.toLowerCase());
  const members = topology.instances.filter((one) => !isAutoscaledReader(one)).map((one) => one.id.toLowerCase());
  const others = instanceIds.map((one) => one.toLowerCase()).filter((one) => !all.includes(one));
  // What one member alone begins with says nothing about the next one.
  const shared = members.length > 1 ? members.reduce(sharedBeginning) : '';
  return [`${id.toLowerCase()}-`, shared.slice(0, shared.lastIndexOf('-') + 1)].find(
    (prefix) =>
      prefix !== '' && members.every((one) => one.startsWith(prefix)) && !others.some((one) => one.startsWith(prefix)),
  );
}

function sharedBeginning(one: string, other: string): string {
  const end = [...one].findIndex((letter, index) => letter !== other[index]);
  return end < 0 ? one : one.slice(0, end);
}

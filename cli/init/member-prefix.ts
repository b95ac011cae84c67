import { isAutoscaledReader } from '../../lib/contradictions.ts';
import type { Found } from './account.ts';

/** The prefix to propose, or why there is none. */
export type MemberPrefix = { readonly prefix?: string; readonly none?: string };

/**
 * What the identifiers of all members of a cluster begin with, and no other of the Region's instances: the cluster's own identifier, or what
 * they share up to a hyphen. Readers that Aurora Auto Scaling named do not count. An instance has no members.
 */
export function memberPrefixOf({ kind, id, topology }: Found, instanceIds: readonly string[]): MemberPrefix {
  if (kind !== 'cluster') return {};
  const all = topology.instances.map((one) => one.id.toLowerCase());
  const members = topology.instances.filter((one) => !isAutoscaledReader(one)).map((one) => one.id.toLowerCase());
  const others = instanceIds.map((one) => one.toLowerCase()).filter((one) => !all.includes(one));
  // What one member alone begins with says nothing about the next one.
  const shared = members.length > 1 ? members.reduce(sharedBeginning) : '';
  const own = `${id.toLowerCase()}-`;
  const fitting = [own, shared.slice(0, shared.lastIndexOf('-') + 1)].filter(
    (prefix) => prefix !== '' && members.every((one) => one.startsWith(prefix)),
  );
  const strangerOf = (prefix: string) => others.find((one) => one.startsWith(prefix));
  const prefix = fitting.find((one) => strangerOf(one) === undefined);
  if (prefix !== undefined) return { prefix };
  const [longest] = fitting.toSorted((a, b) => b.length - a.length);
  if (longest !== undefined)
    return { none: `${strangerOf(longest)}, which is no member, begins with "${longest}", too` };
  return {
    none:
      members.length === 1
        ? `its only member is ${members}, not ${own}…`
        : `its members (${members.join(', ')}) share no beginning up to a hyphen`,
  };
}

function sharedBeginning(one: string, other: string): string {
  const end = [...one].findIndex((letter, index) => letter !== other[index]);
  return end < 0 ? one : one.slice(0, end);
}

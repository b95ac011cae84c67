import type { DatabaseState, Member } from './state.ts';
import type { CustomEndpoint } from './types.ts';

/** Where a custom endpoint leads to. A list names members for good; whether it leads to the one that writes now is the type's matter. */
export function behind({ type, staticMembers = [], excludedMembers = [] }: CustomEndpoint, state: DatabaseState) {
  const isListed = ({ id }: Member) =>
    staticMembers.length > 0 ? staticMembers.includes(id) : !excludedMembers.includes(id);
  return state.members.filter((one) => isListed(one) && (type === 'ANY' || one.role === 'reader'));
}

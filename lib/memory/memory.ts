import { type Members, noMembers } from './members.ts';
import { nothingShown, type Shown } from './shown.ts';

/** What an execution environment keeps between its runs. Nothing in it ever chooses a target. */
export type Memory = { readonly members: Members; readonly shown: Shown };

export const newMemory = (): Memory => ({ members: noMembers(), shown: nothingShown() });

import { type Members, noMembers } from './members.ts';
import { noPair, type Pair } from './pair.ts';
import { nothingShown, type Shown } from './shown.ts';

/** What an execution environment keeps between its runs. Nothing in it ever chooses a target. */
export type Memory = { readonly members: Members; readonly shown: Shown; readonly pair: Pair };

export const newMemory = (): Memory => ({ members: noMembers(), shown: nothingShown(), pair: noPair() });

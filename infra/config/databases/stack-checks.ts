import { stackNameOf } from './names.ts';
import type { Problem } from './problems.ts';
import { repeats, textAt } from './values.ts';

/** Different names can still ask for one stack, by a prefix or a stack name that was kept. */
export function stackProblems(entries: readonly unknown[]): Problem[] {
  const names = entries.map((entry) => textAt(entry, 'name'));
  const stacks = entries.map((entry, index) => {
    const [stackName, namePrefix] = [textAt(entry, 'stackName'), textAt(entry, 'namePrefix')];
    return stackNameOf({
      name: names[index] ?? '',
      ...(stackName ? { stackName } : {}),
      ...(namePrefix ? { namePrefix } : {}),
    });
  });
  return repeats(stacks.map((stack, index) => (names[index] ? stack : undefined)))
    .filter(({ index, first }) => names[index] !== names[first])
    .map(({ index, first }) => ({
      path: [index, textAt(entries[index], 'stackName') ? 'stackName' : 'name'],
      input: textAt(entries[index], 'stackName') ?? names[index],
      allowed: `one whose stack is not ${stacks[index]}: that is the stack of [${first}]`,
    }));
}

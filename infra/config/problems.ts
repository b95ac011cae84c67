import type * as z from 'zod';
import { visible } from '../../lib/visible.ts';

export type Path = readonly PropertyKey[];

/** One thing that is wrong with the file. `input` is undefined where something is missing. */
export type Problem = { readonly path: Path; readonly input?: unknown; readonly allowed: string };

/** What stops synth: everything that is wrong with the file, in one message that needs no stack trace. */
export class ConfigurationError extends Error {
  constructor(file: string, problems: readonly string[]) {
    const head = `${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}:`;
    super([head, ...problems.map((one) => `- ${one}`)].map(visible).join('\n'));
    this.name = 'ConfigurationError';
  }
}

/** `$[0].vpc.subnets[1].id` */
export const jsonPath = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number'
        ? `${text}[${part}]`
        : /^\$?[A-Za-z_]\w*$/.test(String(part))
          ? `${text}.${String(part)}`
          : `${text}[${JSON.stringify(String(part))}]`,
    '$',
  );

function shown(input: unknown): string {
  try {
    const text = JSON.stringify(input) ?? String(input);
    return text.length > 120 ? `${text.slice(0, 117)}...` : text;
  } catch {
    return 'something that is too deep to show';
  }
}

/** Path and value. */
export const placeText = ({ path, input }: Pick<Problem, 'path' | 'input'>): string =>
  `${jsonPath(path)} is ${input === undefined ? 'missing' : shown(input)}`;

/** Path, value and what is allowed. */
export const problemText = (problem: Problem): string => `${placeText(problem)}; allowed: ${problem.allowed}`;

/** One problem for a list in which every value has the same mistake. */
export function alike(problems: readonly Problem[], listLength: (path: Path) => number): readonly Problem[] {
  const groups = new Map<string, Problem[]>();
  for (const problem of problems) {
    const key = JSON.stringify([pattern(problem.path), problem.allowed.split('; did you mean')[0]]);
    // The command runs on Node 20, which has no Map.groupBy.
    const group = groups.get(key);
    if (group) group.push(problem);
    else groups.set(key, [problem]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const isWholeList = first && group.length > 1 && group.length === listLength(listOf(first.path));
    return isWholeList
      ? [
          {
            ...first,
            allowed: `${first.allowed}; the same for all ${group.length} values of ${jsonPath(listOf(first.path))}`,
          },
        ]
      : group;
  });
}

const listOf = (path: Path): Path =>
  path.slice(
    0,
    Math.max(
      0,
      path.findLastIndex((part) => typeof part === 'number'),
    ),
  );
const pattern = (path: Path) => [listOf(path), path.slice(listOf(path).length + 1)];

/** zod's issues as problems. An unknown key is a problem of its own, at the key's own path. */
export const problemsFrom = ({ issues }: z.core.$ZodError): Problem[] => issues.flatMap(problemsOf);

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const { path, input, message: allowed } = issue;
  const fields = input as Readonly<Record<string, unknown>> | undefined;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], input: fields?.[key], allowed }));
    case 'invalid_key':
      return [{ path, input, allowed: issue.issues[0]?.message ?? allowed }];
    case 'invalid_union': {
      // Where the value has the shape of one option, only its parts are wrong.
      const meant = issue.errors?.find((issues) => issues.every((one) => !isOtherShape(one)));
      if (meant) return meant.flatMap((one) => problemsOf({ ...one, path: [...path, ...one.path] }));
      // The path ends in the discriminator, the input is the object around it.
      return [{ path, input: issue.discriminator === undefined ? input : fields?.[issue.discriminator], allowed }];
    }
    default:
      return [{ path, input, allowed }];
  }
}

const isOtherShape = ({ code, path }: z.core.$ZodIssue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');

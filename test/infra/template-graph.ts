/* What depends on what in a template: CloudFormation creates along these lines, and deletes against them. */

type Resource = {
  readonly Type: string;
  readonly DependsOn?: string | readonly string[];
  readonly [key: string]: unknown;
};
export type Resources = Readonly<Record<string, Resource>>;

/** Logical ids that a value names, in whatever way CloudFormation allows. */
function named(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(named);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, argument]) => {
    if (key === 'Ref') return [String(argument)];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(argument) ? argument[0] : argument).split('.')[0] ?? ''];
    if (key !== 'Fn::Sub') return named(argument);
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    return [...[...String(text).matchAll(/\$\{([^!}.]+)/g)].map(([, id]) => id ?? ''), ...named(variables)];
  });
}

export const needsOf = (resources: Resources, id: string): string[] => {
  const { DependsOn = [], ...rest } = resources[id] ?? { Type: '' };
  return [...new Set([...[DependsOn].flat(), ...named(rest)])].filter((other) => other in resources);
};

/** All that has to be there before a resource is created, and stays until it is deleted. */
export function allNeedsOf(resources: Resources, id: string): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (one: string): void => {
    for (const other of needsOf(resources, one)) {
      if (found.has(other)) continue;
      found.add(other);
      add(other);
    }
  };
  add(id);
  return found;
}

/** Resources that need themselves: CloudFormation takes no such template. */
export const circular = (resources: Resources): string[] =>
  Object.keys(resources).filter((id) => allNeedsOf(resources, id).has(id));

export const idsOf = (resources: Resources, ...types: string[]): string[] =>
  Object.keys(resources).filter((id) => types.includes(resources[id]?.Type ?? ''));

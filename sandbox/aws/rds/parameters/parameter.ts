import type { XmlValue } from '../../../world/types.ts';

/** The parameters of one engine by their types; `system` are those that RDS gives a value. */
export type Engine = {
  readonly boolean: readonly string[];
  readonly integer: readonly string[];
  readonly float?: readonly string[];
  readonly string: readonly string[];
  readonly system: Readonly<Record<string, string>>;
};

export type Parameter = {
  readonly name: string;
  readonly type: string;
  /** Absent where the engine's own default holds, which the API does not tell. */
  readonly value?: string;
  readonly source: 'user' | 'system' | 'engine-default';
};

export const named = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Every parameter of a group, in the order of their names. `given` is what somebody has set. */
export function parametersOf(
  engine: Engine,
  given: Readonly<Record<string, string | undefined>>,
): readonly Parameter[] {
  const { system, ...types } = engine;
  const typed = new Map<string, string>(Object.keys(system).map((name) => [name, 'string']));
  for (const [type, names = []] of Object.entries(types)) for (const name of names) typed.set(name, type);
  for (const name of Object.keys(given)) if (!typed.has(name)) typed.set(name, 'string');
  return [...typed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, type]): Parameter => {
      const value = given[name] ?? system[name];
      const source = name in given ? 'user' : name in system ? 'system' : 'engine-default';
      return { name, type, source, ...(value === undefined ? {} : { value }) };
    });
}

export const parameterXml = ({ name, type, value, source }: Parameter): XmlValue => ({
  ParameterName: name,
  ...(value === undefined ? {} : { ParameterValue: value }),
  Description: `${name} of the engine`,
  Source: source,
  ApplyType: name === 'skip_name_resolve' ? 'static' : 'dynamic',
  DataType: type,
  ...(type === 'boolean' ? { AllowedValues: '0,1' } : {}),
  IsModifiable: !name.startsWith('basedir') && !name.startsWith('datadir'),
  ApplyMethod: 'pending-reboot',
});

import type { Io } from '../terminal/io.ts';
import { table, wrap } from '../terminal/text.ts';
import { type Connection, type Connections, type Drift, isDrift, isWaiting } from './read.ts';

const units: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** How long ago, in the largest unit that fits. */
function age(createdAt: string | undefined, now: number): string {
  if (!createdAt) return 'unknown';
  const seconds = Math.max(0, Math.round((now - Date.parse(createdAt)) / 1000));
  const [size, unit] = units.find(([one]) => seconds >= one) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

const stateText = ({ colour }: Io, connection: Connection): string => {
  const { state } = connection;
  if (isWaiting(connection)) return colour.yellow(state);
  return state.toLowerCase() === 'available' ? colour.green(state) : colour.red(state);
};

/** `stack`: the name of the database's stack, for the next step. */
export function connectionsLines(
  io: Io,
  { name, stack }: { readonly name: string; readonly stack: string },
  found: Connections,
  now: number,
): string[] {
  const { colour, width } = io;
  const { service, connections, principals, drift } = found;
  const waiting = connections.filter(isWaiting).length;
  const head = `${colour.bold(name)}  ${count(connections.length, 'connection')}${waiting > 0 ? `, ${waiting} waiting for acceptance` : ''}`;
  const rows = connections.map((one) => [one.endpointId, one.account, stateText(io, one), age(one.createdAt, now)]);
  const heading = ['endpoint', 'account', 'state', 'age'].map((title) => colour.dim(title));
  return [
    head,
    ...wrap(`${service.name}, acceptance ${service.acceptanceRequired ? 'required' : 'not required'}`, width - 2).map(
      indent,
    ),
    ...(rows.length > 0 ? table([heading, ...rows], width - 2).map(indent) : []),
    ...(principals.length > 0
      ? table([[colour.dim('may connect'), principals.join(', ')]], width - 2).map(indent)
      : ['  may connect  no account: the service names no principal']),
    ...driftLines(io, stack, drift),
  ];
}

const indent = (line: string) => `  ${line}`;
const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;

function driftLines({ colour, width }: Io, stack: string, drift: Drift | undefined): string[] {
  if (!drift || !isDrift(drift)) return [];
  const { missing, surplus, acceptanceRequired } = drift;
  const rows = [
    ...missing.map((one) => [colour.red('-'), `${one} is in the file; the service does not allow it`]),
    ...surplus.map((one) => [colour.red('+'), `${one} is allowed by the service; the file does not name it`]),
    ...(acceptanceRequired
      ? [
          [
            colour.red('~'),
            `acceptance is ${acceptanceRequired.actual ? '' : 'not '}required; the file says it ${acceptanceRequired.configured ? 'is' : 'is not'}`,
          ],
        ]
      : []),
  ];
  return [
    colour.red('  the service differs from the configuration file:'),
    ...table(rows, width - 4).map((line) => `    ${line}`),
    ...wrap(
      // A deployment alone touches only what has changed in the template.
      `Next: correct the file, then npx --no -- cdk deploy ${stack}; if the file is right and the service was changed, npx --no -- cdk deploy ${stack} --revert-drift. Principals change only through the file.`,
      width - 2,
    ).map(indent),
  ];
}

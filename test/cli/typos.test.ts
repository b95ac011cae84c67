import { expect, test } from 'vitest';
import { programOf } from '../../cli/program.ts';
import { ioOf } from '../../cli/terminal/io.ts';
import { runHere } from './terminal.ts';

/* A letter too few in the name of any command and any option. In this process: there are many. */

const { commands } = programOf(ioOf(process));
const options = commands.flatMap((command) => command.options.map(({ long }) => [command.name(), long ?? ''] as const));

test.each(commands.map((command) => command.name()))('%s: a typo in its name', async (name) => {
  const { code, out, err } = await runHere([name.slice(0, -1)]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`Did you mean ${name}?`);
});

test.each(options)('%s: a typo in %s', async (command, option) => {
  const { code, out, err } = await runHere([command, option.slice(0, -1)]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`Did you mean ${option}?`);
  expect(err).toContain(`Next: rds-target ${command} --help`);
});

test('all options of all commands are tried', () => {
  expect(commands.length).toBeGreaterThanOrEqual(9);
  expect(options.length).toBeGreaterThan(50);
});

import pc from 'picocolors';
import { expect, test } from 'vitest';
import type { Io } from '../../cli/io.ts';
import { programOf, run } from '../../cli/program.ts';

/* A letter too few in the name of any command and any option. In this process: there are many. */

function terminal() {
  const seen = { out: '', err: '', code: -1 };
  const io: Io = {
    env: {},
    out: (text) => {
      seen.out += text;
    },
    err: (text) => {
      seen.err += text;
    },
    status: () => {},
    isTty: false,
    colour: pc.createColors(false),
    width: 80,
    setExitCode: (code) => {
      seen.code = code;
    },
    onInterrupt: () => () => {},
  };
  return { seen, io };
}

const commands = programOf(terminal().io).commands;
const options = commands.flatMap((command) => command.options.map(({ long }) => [command.name(), long ?? ''] as const));

test.each(commands.map((command) => command.name()))('%s: a typo in its name', async (name) => {
  const { seen, io } = terminal();
  await run([name.slice(0, -1)], io);
  expect(seen).toMatchObject({ code: 2, out: '' });
  expect(seen.err).toContain(`Did you mean ${name}?`);
});

test.each(options)('%s: a typo in %s', async (command, option) => {
  const { seen, io } = terminal();
  await run([command, option.slice(0, -1)], io);
  expect(seen).toMatchObject({ code: 2, out: '' });
  expect(seen.err).toContain(`Did you mean ${option}?`);
  expect(seen.err).toContain(`Next: rds-target ${command} --help`);
});

test('all options of all commands are tried', () => {
  expect(commands.length).toBeGreaterThanOrEqual(9);
  expect(options.length).toBeGreaterThan(50);
});

import { type Command, InvalidArgumentError } from 'commander';
import { longestPauseHours } from '../../lib/settings/codecs.ts';
import { pauseVariable, setPause, settled } from '../access/configuration.ts';
import { type Session, withSession } from '../access/session.ts';
import { CliError, linesOf, UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { type CommonOptions, deployedCommand } from '../terminal/options.ts';
import { jsonLines, table, wrap } from '../terminal/text.ts';

export function pauseCommand(io: Io): Command {
  return deployedCommand('pause', 'makes the functions only observe for a while; they resume by themselves')
    .option('--for <time>', 'how long: 30m, 2h, 1h30m; at most 24h (required)', pauseFrom)
    .action((name: string | undefined, options: CommonOptions & { readonly for?: number }) => {
      // Not commander's requiredOption: it would report the missing option instead of a misspelt one.
      const { for: ms } = options;
      if (ms === undefined)
        throw new UsageError(
          '--for is missing; allowed: how long to pause, for example --for 2h',
          'rds-target pause --help',
        );
      return withSession(io, name, options, async (session) => {
        // Whole seconds are easier to read.
        const until = `${new Date(Date.now() + ms).toISOString().slice(0, 19)}Z`;
        const changed = await setAll(io, session, until);
        await verify(session, until);
        if (options.json)
          return io.out(jsonLines({ database: session.selection.name, pausedUntil: until, functions: changed }, 0));
        io.out([
          `${io.colour.bold(session.selection.name)}  ${io.colour.yellow(`PAUSED until ${until}`)}`,
          ...lines(io, session),
          ...said(
            io,
            'they observe, report and measure, but change nothing; then they resume by themselves. Meanwhile a lasting difference raises the alarms drift-persisting and no-success.',
          ),
          ...said(
            io,
            'a run that began earlier may still change the group: a watch lasts up to watchSeconds, two minutes by default',
          ),
        ]);
      });
    });
}

export function resumeCommand(io: Io): Command {
  return deployedCommand('resume', 'ends a pause at once').action((name: string | undefined, options: CommonOptions) =>
    withSession(io, name, options, async (session) => {
      const changed = await setAll(io, session, undefined);
      if (options.json) return io.out(jsonLines({ database: session.selection.name, functions: changed }, 0));
      const isPaused = changed.some((one) => one.changed);
      const state = isPaused ? 'resumed: the next check follows within a schedule period' : 'was not paused';
      const next = isPaused ? said(io, 'rds-target resync checks and corrects at once') : [];
      io.out([`${io.colour.bold(session.selection.name)}  ${state}`, ...lines(io, session), ...next]);
    }),
  );
}

/** The functions use their own clock, and this machine's may be wrong. */
async function verify({ selection, askOf }: Session, until: string): Promise<void> {
  for (const name of selection.functions) {
    const { pausedUntil } = await askOf(name, 'status');
    if (pausedUntil === until) continue;
    throw new CliError(
      `${name} does not pause although ${pauseVariable} is ${until}`,
      `check this machine's clock; a function deployed by an older version cannot pause: deploy it again`,
    );
  }
}

type Changed = { readonly name: string; readonly changed: boolean };

/** Changes both functions, or neither unless both can be changed. */
async function setAll(io: Io, session: Session, until: string | undefined): Promise<Changed[]> {
  const { functions } = session.selection;
  for (const name of functions)
    if (/:[\w$-]+$/.test(name.replace(/^.*:function:/, '')))
      throw new UsageError(
        `--function names a version or alias (${name}), and its variables cannot change`,
        `pass the function's plain name.`,
      );
  for (const name of functions) await settled(io, session, name);
  const changed: Changed[] = [];
  for (const name of functions)
    try {
      changed.push({ name, changed: await setPause(io, session, name, until) });
    } catch (error) {
      throw changed.length === 0 ? error : halfDone(session, changed, error);
    }
  return changed;
}

function halfDone({ selection }: Session, changed: readonly Changed[], error: unknown): CliError {
  const [problem = '', ...next] = linesOf(error);
  const then = `Then: repeat the command, or run rds-target status ${selection.entry ? selection.name : ''} to see`;
  const only = `only ${changed.map(({ name }) => name).join(', ')} was changed: ${problem}`;
  return new CliError([only, ...next, then], undefined, { cause: error });
}

function lines(io: Io, { selection }: Session): string[] {
  const { functions, region } = selection;
  const rows = [['functions', functions.join(', ') + (region ? ` in ${region}` : '')]];
  return [
    ...table(rows, io.width - 2).map((line) => `  ${line}`),
    ...(functions.length > 1
      ? []
      : said(
          io,
          `only this one: the other function's name does not follow from its name; repeat the command with that --function`,
        )),
  ];
}

const said = (io: Io, text: string): string[] => wrap(text, io.width - 2).map((line) => `  ${line}`);

const minuteMs = 60_000;

/** `30m`, `2h` or `1h30m`, as ms. */
export function pauseFrom(text: string): number {
  const [, hours = '0', minutes = '0'] = /^(?=\d)(?:(\d{1,4})h)?(?:(\d{1,5})m)?$/.exec(text) ?? [];
  const ms = (Number(hours) * 60 + Number(minutes)) * minuteMs;
  if (ms >= minuteMs && ms <= longestPauseHours * 60 * minuteMs) return ms;
  throw new InvalidArgumentError(`It must be a time from 1m to ${longestPauseHours}h, like 30m, 2h or 1h30m.`);
}

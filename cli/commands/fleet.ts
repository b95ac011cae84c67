import type { Command } from 'commander';
import { type Session, withSessions } from '../access/session.ts';
import { askEach, worstCode } from '../fleet/each.ts';
import { refuseSameFault, rowsAsJson, tableLines } from '../fleet/table.ts';
import { sinceOption } from '../history/since.ts';
import type { Io } from '../terminal/io.ts';
import { type CommonOptions, fileCommand } from '../terminal/options.ts';
import { hung } from '../terminal/text.ts';

type Options = CommonOptions & { readonly since: number; readonly html?: string };

const help = `
fleet exits as the worst database: with 1 when something of it could not be
read, with 3 when it is not in sync, an alarm rings, or the events of a failover
did not do their work.`;

export function fleetCommand(io: Io): Command {
  return fileCommand(
    'fleet',
    'shows state, failovers, missed events and alarms of every database; --html writes a page',
    {
      argument: "a name or a pattern, like 'orders*' (default: every database of the file)",
    },
  )
    .option('--html <file>', 'writes the page too; it replaces only a page of an earlier fleet')
    .addOption(sinceOption('7d'))
    .addHelpText('after', help)
    .action((name: string | undefined, options: Options) =>
      withSessions(io, name, { ...options, all: name === undefined }, (sessions) => fleet(io, sessions, options)),
    );
}

async function fleet(io: Io, sessions: readonly Session[], { html, json, since }: Options): Promise<void> {
  // What only this command needs: CloudWatch's client, and the page.
  const [{ createAlarms }, { fleetQuestion }, { checkPageFile, savePage }, { fleetHtml }] = await Promise.all([
    import('../fleet/alarms.ts'),
    import('../fleet/facts.ts'),
    import('../fleet/file.ts'),
    import('../fleet/page.ts'),
  ]);
  if (html !== undefined) await checkPageFile(html);
  const at = Date.now();
  const alarms = createAlarms();
  try {
    const question = fleetQuestion(alarms, since);
    const rows = await askEach(io, sessions, question);
    if (json) io.out(rowsAsJson(rows));
    else {
      refuseSameFault(rows);
      io.out(tableLines(io, question.heads, rows));
    }
    io.setExitCode(worstCode(rows));
    if (html === undefined) return;
    const isSandbox = sessions.some(({ sandbox }) => sandbox);
    const path = await savePage(html, fleetHtml(rows, { at, sinceMs: since, isSandbox }));
    if (!json) io.out(hung(`page: ${path}`, io.width));
  } finally {
    alarms.close();
  }
}

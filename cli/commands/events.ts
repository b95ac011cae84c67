import type { Command } from 'commander';
import { isMany } from '../access/select-many.ts';
import { type Session, withSession } from '../access/session.ts';
import { historyQuestion } from '../fleet/history.ts';
import { onMany } from '../fleet/many.ts';
import { type History, historyAsJson, readHistory } from '../history/history.ts';
import { sinceOption } from '../history/since.ts';
import { failoverLines, gapLines, timelineLines } from '../history/text.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { type CommonOptions, manyCommand } from '../terminal/options.ts';
import { jsonLines } from '../terminal/text.ts';

const help = `
events exits with 3 when the schedule had to correct a failover, when none of
its events woke a run within a minute, or when there is more than it reads
(10,000 lines of each log, 2,000 events). Otherwise it exits with 0, also when
there was no failover.

It reads what the functions log at the level INFO. With "logLevel" WARN, ERROR
or SILENT, runs that go well leave no line, and their events count as MISSED.`;

type Options = CommonOptions & { readonly since: number };

export function eventsCommand(io: Io): Command {
  return manyCommand('events', "shows RDS's events and the functions' reports on one timeline")
    .addOption(sinceOption('24h'))
    .addHelpText('after', help)
    .action((name: string | undefined, options: Options) => {
      if (isMany(name, options)) return onMany(io, name, options, historyQuestion(options.since));
      return withSession(io, name, options, (session) => events(io, session, options));
    });
}

async function events(io: Io, session: Session, { since, json }: Options): Promise<void> {
  const history = await readHistory(io, session, since);
  io.out(json ? jsonLines(historyAsJson(history)) : historyLines(io, session.selection.name, history));
  if (!history.isWell) io.setExitCode(exitCodes.drift);
}

function historyLines(io: Io, name: string, { window, records, failovers }: History): string[] {
  const heading = `${io.colour.bold(name)}  ${new Date(window.since).toISOString().slice(0, 16)}Z to now: ${records.events.length} RDS events, ${records.runs.length} runs`;
  return [heading, ...gapLines(io, records), ...timelineLines(io, records), ...failoverLines(io, failovers, records)];
}

import { type Command, Option } from 'commander';
import { withSession } from '../access/session.ts';
import { failoversOf, heardOf, isWell } from '../history/failovers.ts';
import { agoFrom } from '../history/period.ts';
import { readRecords } from '../history/read.ts';
import { failoverLines, gapLines, timelineLines } from '../history/text.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { jsonLines } from '../terminal/json.ts';
import { type CommonOptions, databaseCommand } from '../terminal/options.ts';
import { withProgress } from '../terminal/progress.ts';

const help = `
events exits with 3 when a failover was left to the schedule, none of its events
woke a run within a minute, or there is more than is read (10,000 lines of each
log, 2,000 events); 0 otherwise, also when there was no failover.`;

type Options = CommonOptions & { readonly since: number };

export function eventsCommand(io: Io): Command {
  return databaseCommand('events', "puts RDS's events and the functions' reports on one time line")
    .addOption(
      new Option('--since <time>', 'how far back: 90m, 12h, 7d, or a time')
        .argParser((text) => agoFrom(text))
        .default(agoFrom('24h'), '24h'),
    )
    .addHelpText('after', help)
    .action((name: string | undefined, options: Options) =>
      withSession(io, name, options, async (session) => {
        const { sandbox } = session;
        if (sandbox)
          await withProgress(io, 'failing over the database of the sandbox', async () => {
            await sandbox.database.failover({ cause: 'crash' });
            await sandbox.functions.failover.idle();
          });
        const until = Date.now();
        const window = { since: until - options.since, until };
        const records = await readRecords(io, session, window);
        const failovers = failoversOf(records);
        const heading = `${io.colour.bold(session.selection.name)}  ${new Date(window.since).toISOString().slice(0, 16)}Z to now: ${records.events.length} RDS events, ${records.runs.length} runs`;
        const events = records.events.map((event) => ({ ...event, heard: heardOf(event, records) }));
        io.out(
          options.json
            ? jsonLines({ ...window, failovers, ...records, events })
            : [
                heading,
                ...gapLines(io, records),
                ...timelineLines(io, records),
                ...failoverLines(io, failovers, records),
              ],
        );
        if (records.unread || !failovers.every((failover) => isWell(failover, records)))
          io.setExitCode(exitCodes.drift);
      }),
    );
}

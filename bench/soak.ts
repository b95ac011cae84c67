import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWriter } from '../sandbox/data-plane/client/client.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { startSandbox } from '../sandbox/start.ts';
import { createRandom } from '../sandbox/world/database/random.ts';
import { optionsOrUsage } from '../scripts/options.ts';
import { type Figure, isMissed, table } from './figures.ts';
import { createEnds, tidyOnSignal } from './soak/ends.ts';
import { inTime } from './soak/in-time.ts';
import { createMemory } from './soak/memory.ts';
import { type SoakOptions, soakOptions, usage } from './soak/options.ts';
import { createRoll, listProcesses } from './soak/processes.ts';
import { type Round, round, watchEmpty } from './soak/rounds.ts';
import { figuresOf, memoryFigures, type Watched } from './soak/verdict.ts';

/*
 * Failover after failover of a real PostgreSQL under constant writes, with random faults of APIs, DNS and events. The sandbox keeps
 * everything that happened in memory, so only the functions' own processes are measured.
 */

const memory = createMemory();
const roll = createRoll(process.pid);
const functionPids = new Set<number>();
const ends = createEnds();

const options = optionsOrUsage(usage, soakOptions);
if (options) process.exitCode = await main(options);

async function main(options: SoakOptions): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'soak-'));
  // PostgreSQL may run as another user, and everything that a part of the sandbox writes goes here.
  chmodSync(directory, 0o1777);
  process.env.TMPDIR = directory;
  ends.add(() => rmSync(directory, { recursive: true, force: true }));
  tidyOnSignal(ends.all);
  try {
    const watched = await soak(options);
    const figures = [...figuresOf(watched), ...memoryFigures(memory.summary()), ...(await leftFigures(directory))];
    console.log(`\n${troublesText(watched.rounds)}\n\n${table(figures)}`);
    for (const how of watched.empty) console.log(`empty: ${how}`);
    for (const { wrong, troubles } of watched.rounds)
      if (wrong) console.log(`wrong: ${wrong} (${troubles.join('; ')})`);
    return figures.some(isMissed) ? 1 : 0;
  } catch (error) {
    console.error(`the soak failed: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    await ends.all();
  }
}

async function soak(options: SoakOptions): Promise<Watched> {
  const { sandbox, postgres } = await startSandbox({
    ...options,
    ...{ loseEvents: false, flap: false, apiLagSeconds: 0, fence: true, loadBalancer: 'ideal' },
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= inTime(60_000, 'the end of the sandbox', sandbox.close());
    return closing;
  };
  ends.add(close);
  const random = createRandom(options.seed);
  const sampling = setInterval(sample, 1000);
  try {
    followPids(sandbox);
    const empty = watchEmpty(sandbox);
    const { host, port } = sandbox.loadBalancer;
    const connect = { ...postgres.connection(sandbox.database.writer().hostId), host, port };
    const client = createWriter({ connect, journal: sandbox.journal });
    await client.start();
    const rounds: Round[] = [];
    const end = Date.now() + options.minutes * 60_000;
    while (Date.now() < end) {
      rounds.push(await round(sandbox, client, random));
      process.stderr.write(`round ${rounds.length}: ${JSON.stringify(rounds.at(-1))}\n`);
    }
    await inTime(60_000, 'the end of the writing', client.stop());
    const { hostId } = sandbox.database.writer();
    const writes = await inTime(60_000, 'the count of the rows', client.countLost(postgres.connection(hostId)));
    return { rounds, writes, empty };
  } finally {
    clearInterval(sampling);
    roll.note(listProcesses());
    await close();
  }
}

/** Each execution environment's process, warm ones from before included. */
function followPids({ journal }: Sandbox): void {
  const note = ({ what, detail }: { what: string; detail?: Readonly<Record<string, unknown>> }) => {
    if (what === 'environment-started') functionPids.add(Number(detail?.pid));
    if (what === 'environment-ended') functionPids.delete(Number(detail?.pid));
  };
  for (const occurrence of journal.all()) note(occurrence);
  journal.follow(note);
}

function sample(): void {
  const processes = listProcesses();
  roll.note(processes);
  const at = Date.now();
  for (const { pid, residentKb } of processes) if (functionPids.has(pid)) memory.note(at, residentKb);
}

async function leftFigures(directory: string): Promise<Figure[]> {
  const processes = await lastLeft();
  const files = readdirSync(directory);
  return [
    { name: 'processes left behind', value: processes, unit: '', limit: 0 },
    { name: 'files left behind', value: files.length, unit: '', limit: 0, note: files.join(', ') },
  ];
}

/** A process that was just killed may need a moment to go. */
async function lastLeft(): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const left = roll.left(listProcesses()).length;
    if (left === 0) return 0;
    await sleep(100);
  }
  return roll.left(listProcesses()).length;
}

function troublesText(rounds: readonly Round[]): string {
  const counts = new Map<string, number>();
  for (const kind of rounds.flatMap(({ troubles }) => troubles)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([kind, count]) => `${kind.padEnd(40)} ${String(count).padStart(5)}`)
    .join('\n');
}

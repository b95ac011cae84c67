import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses } from '../soak/processes.ts';
import { filesOf } from './lab.ts';

/* What a lab has on this machine, and what of that is still there when it has ended. */

const processesIn = (groups: readonly number[]): number[] =>
  listProcesses().flatMap(({ pid, group }) => (groups.includes(group) ? [pid] : []));

/** Listening ports by their inode: a port that is used again is another one. None are known where there is no /proc. */
function listening(): Map<string, string> {
  const lines = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((kind) => {
    const rows = textOf(`/proc/net/${kind}`).split('\n').slice(1);
    return rows.map((row) => [kind, ...row.trim().split(/\s+/)]);
  });
  return new Map(
    lines.flatMap(([kind = '', , address = '', , state, , , , , , inode = '']) => {
      const port = Number.parseInt(address.split(':')[1] ?? '', 16);
      return state === (kind.startsWith('udp') ? '07' : '0A') ? [[inode, `${kind} port ${port}`]] : [];
    }),
  );
}

const textOf = (path: string): string => orElse('', () => readFileSync(path, 'utf8'));

/** The inodes of the sockets that a process holds. */
const socketsOf = (pid: number): string[] =>
  orElse([], () => readdirSync(`/proc/${pid}/fd`)).flatMap((name) => {
    const link = orElse('', () => readlinkSync(`/proc/${pid}/fd/${name}`));
    return /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [];
  });

function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise; // It ended while we looked, or there is no /proc.
  }
}

/** Notes the ports of the labs of one folder until `left` is asked. `graceMs`: a process that was just killed may need a moment to go. */
export function watchLabs(folder: string, graceMs = 3000) {
  let groups: readonly number[] = [];
  const ports = new Set<string>();
  const note = () => {
    // The number of a group without processes may be another's soon.
    groups = groups.filter((one) => processesIn([one]).length > 0);
    const held = new Set(processesIn(groups).flatMap(socketsOf));
    for (const inode of listening().keys()) if (held.has(inode)) ports.add(inode);
  };
  const noting = setInterval(note, 1000);
  const { state, report, temporary } = filesOf(folder);
  const own = [report, report.replace('.html', '.json'), report.replace('.html', '.fixtures.json'), temporary];
  const now = (): string[] => [
    ...processesIn(groups).map((pid) => `process ${pid}`),
    ...[...listening()].flatMap(([inode, port]) => (ports.has(inode) ? [port] : [])),
    ...readdirSync(temporary).map((name) => `tmp/${name}`),
    ...readdirSync(folder).filter((name) => !own.map((one) => basename(one)).includes(name)),
  ];
  return {
    /** Of the state, while a lab is under way. */
    hasState: () => readdirSync(folder).includes(basename(state)),
    watch(group: number) {
      groups = [...groups, group];
    },
    note,
    async left(): Promise<string[]> {
      clearInterval(noting);
      for (const end = Date.now() + graceMs; now().length > 0 && Date.now() < end; ) await sleep(100);
      return now();
    },
    /** Ends what is still there, so that nothing of a bench is left that finds something. */
    end(): void {
      clearInterval(noting);
      for (const pid of processesIn(groups)) orElse(true, () => process.kill(pid, 'SIGKILL'));
    },
  };
}

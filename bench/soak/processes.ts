import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One process as the system lists it. `startedAt` is in the system's own words: with it, a number that is used again is another process. */
export type Process = {
  readonly pid: number;
  readonly parent: number;
  /** The process group, which a process has from its parent unless it was given one of its own. */
  readonly group: number;
  readonly startedAt: string;
  readonly residentKb: number;
};

/** Every process of this machine: /proc on Linux, ps elsewhere. */
export const listProcesses = (): Process[] => (process.platform === 'linux' ? fromProc() : fromPs());

function fromProc(): Process[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? procEntry(Number(name)) : []));
}

function procEntry(pid: number): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name comes second, in brackets, and may hold blanks and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return [];
    const resident = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const [parent, group] = [Number(fields[1]), Number(fields[2])];
    return [{ pid, parent, group, startedAt: fields[19] ?? '', residentKb: Number(resident ?? 0) }];
  } catch {
    return []; // It ended while we looked.
  }
}

function fromPs(): Process[] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,rss=,state=,lstart='], { encoding: 'utf8' });
  return listed.split('\n').flatMap((line) => {
    const [, pid, parent, group, resident, state = 'Z', startedAt = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return state.startsWith('Z')
      ? []
      : [
          {
            ...{ pid: Number(pid), parent: Number(parent), group: Number(group) },
            ...{ startedAt, residentKb: Number(resident) },
          },
        ];
  });
}

/** What `root` started, and what that started, and so on. */
function descendantsOf(root: number, processes: readonly Process[]): Process[] {
  const children = processes.filter(({ parent }) => parent === root);
  return children.flatMap((child) => [child, ...descendantsOf(child.pid, processes)]);
}

const identityOf = ({ pid, startedAt }: Process): string => `${pid} ${startedAt}`;

/** Remembers everything that was started from here, so that in the end one can tell what is still there. */
export function createRoll(root: number) {
  const known = new Map<string, Process>();
  return {
    note(processes: readonly Process[]) {
      for (const one of descendantsOf(root, processes)) known.set(identityOf(one), one);
      // Bounded: what has ended cannot be left behind.
      const alive = new Set(processes.map(identityOf));
      for (const identity of known.keys()) if (!alive.has(identity)) known.delete(identity);
    },
    left: (processes: readonly Process[]) => processes.filter((one) => known.has(identityOf(one))),
  };
}

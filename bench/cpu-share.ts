import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Lambda gives a share of a processor in proportion to memory, one whole vCPU at this much ("Configure Lambda function memory"). */
const wholeVcpuMb = 1769;

export const shareOf = (memoryMb: number): number => memoryMb / wholeVcpuMb;

/** Limits processes to a share of one processor. */
export type CpuShare = {
  readonly how: string;
  limit(pid: number): void;
  close(): void;
};

/** µs. Of each period a process may run for its share. */
const period = 20_000;

export const createCpuShare = (memoryMb: number): CpuShare => {
  const share = shareOf(memoryMb);
  return byControlGroup(share) ?? bySignals(share);
};

type Controller = { readonly root: string; readonly settings: Readonly<Record<string, string>> };

/** The kernel's own accounting, exact over a few periods; needs root, or a delegated group. */
function byControlGroup(share: number): CpuShare | undefined {
  const quota = Math.round(share * period);
  const controllers: readonly Controller[] = [
    {
      root: join('/sys/fs/cgroup/cpu', ownGroup()),
      settings: { 'cpu.cfs_period_us': `${period}`, 'cpu.cfs_quota_us': `${quota}` },
    },
    { root: '/sys/fs/cgroup', settings: { 'cpu.max': `${quota} ${period}` } },
  ];
  for (const { root, settings } of controllers) {
    const directory = join(root, `rds-target-bench-${process.pid}-${quota}`);
    try {
      mkdirSync(directory);
      for (const [file, value] of Object.entries(settings)) writeFileSync(join(directory, file), value);
      return {
        how: 'control group',
        limit: (pid) => writeFileSync(join(directory, 'cgroup.procs'), `${pid}`),
        close: () => rmdirSync(directory),
      };
    } catch {
      try {
        rmdirSync(directory);
      } catch {}
    }
  }
  return undefined;
}

/** The control group of this process in version 1, whose groups have children and processes both. */
function ownGroup(): string {
  const file = '/proc/self/cgroup';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return /^\d+:cpu(?:,cpuacct)?:(.+)$/m.exec(text)?.[1] ?? '';
}

/**
 * Stops and continues the process. Coarser: it also stops a process that waits, which would use none of its share, so that what is
 * measured is too long by up to a period for each wait.
 */
function bySignals(share: number): CpuShare {
  const worker = new Worker(
    `const { parentPort, workerData: { runMs, stopMs } } = require('node:worker_threads');
    const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    parentPort.on('message', (pid) => {
      try {
        for (;;) {
          process.kill(pid, 'SIGCONT');
          wait(runMs);
          if (stopMs > 0) process.kill(pid, 'SIGSTOP');
          wait(stopMs);
        }
      } catch {}
    });`,
    { eval: true, workerData: { runMs: (share * period) / 1000, stopMs: ((1 - share) * period) / 1000 } },
  );
  return { how: 'signals', limit: (pid) => worker.postMessage(pid), close: () => void worker.terminate() };
}

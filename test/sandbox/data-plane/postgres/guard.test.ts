import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createPostgres } from '../../../../sandbox/data-plane/postgres/engine.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';

const within = { timeout: 15_000, interval: 10 };
const HOSTS = ['a', 'b'].map((id, at) => ({ id, ip: `10.0.${at}.10`, availabilityZone: 'eu-west-1a' }));

describe('nothing is left behind', { timeout: 90_000 }, () => {
  const script = (ending: string) => `
    import { createJournal } from '${new URL('../../../../sandbox/world/journal.ts', import.meta.url)}';
    import { createPostgres } from '${new URL('../../../../sandbox/data-plane/postgres/engine.ts', import.meta.url)}';
    const postgres = await createPostgres({ journal: createJournal() });
    await postgres.start(${JSON.stringify(HOSTS)}, 'orders.example');
    await postgres.kill('b');
    console.log(postgres.directory);
    process.stdin.resume();
    process.stdin.once('data', async () => { ${ending} });`;

  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  async function startChild(ending: string) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script(ending)], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    children.push(child);
    const [line] = await once(child.stdout, 'data');
    const directory = String(line).trim();
    return { child, directory, segments: segmentsOf(directory) };
  }

  // Each server of the engine has the directory's name in its title, and the watchdog has it in its arguments.
  const processesOf = (directory: string) =>
    execFileSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(basename(directory)));

  // The seventh line of postmaster.pid: key and number of the System V segment, which a killed server leaves.
  function segmentsOf(directory: string): string[] {
    const files = readdirSync(directory).map((name) => join(directory, name, 'postmaster.pid'));
    const lines = files
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8').split('\n')[6] ?? '');
    return lines.map((line) => line.trim().split(/\s+/)[1] ?? '');
  }

  const liveSegments = () =>
    new Set(
      (existsSync('/proc/sysvipc/shm') ? readFileSync('/proc/sysvipc/shm', 'utf8') : '')
        .split('\n')
        .map((line) => line.trim().split(/\s+/)[1]),
    );

  type Running = Awaited<ReturnType<typeof startChild>>;
  const askToEnd = ({ child }: Running) => child.stdin.write('end\n');
  const kill = (signal: NodeJS.Signals) => (running: Running) => running.child.kill(signal);
  /** A terminal sends it to the whole foreground process group. */
  const pressCtrlC = ({ child }: Running) => process.kill(-(child.pid ?? Number.NaN), 'SIGINT');

  function killWhileServerHangs(running: Running) {
    const [pid] = readFileSync(join(running.directory, 'member-0', 'postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGSTOP');
    return running.child.kill('SIGKILL');
  }

  test.concurrent.each<[string, string, (running: Running) => boolean]>([
    ['a close', 'await postgres.close(); process.exit(0);', askToEnd],
    ['an end without a close', 'process.exit(0);', askToEnd],
    ['an uncaught exception', 'throw new Error("defect");', askToEnd],
    ['an end in the midst of a rejoin', 'postgres.rejoin("b"); setTimeout(() => process.exit(0), 50);', askToEnd],
    ['Ctrl-C', '', pressCtrlC],
    ['SIGTERM', '', kill('SIGTERM')],
    ['SIGKILL', '', kill('SIGKILL')],
    ['SIGKILL while a server hangs', '', killWhileServerHangs],
  ])('after %s', async (_, ending, end) => {
    const running = await startChild(ending);
    const { child, directory, segments } = running;
    expect(processesOf(directory).length).toBeGreaterThan(1);
    expect(segments).toHaveLength(2);
    const exit = once(child, 'exit');
    end(running);
    await exit;
    await vi.waitFor(() => expect(existsSync(directory)).toBe(false), within);
    await vi.waitFor(() => expect(processesOf(directory)).toEqual([]), within);
    expect(segments.filter((segment) => liveSegments().has(segment))).toEqual([]);
  });

  test('after an engine that was never started, and closed twice', async () => {
    const journal = createJournal();
    const postgres = await createPostgres({ journal });
    await Promise.all([postgres.close(), postgres.close()]);
    expect(journal.all()).toMatchObject([{ source: 'database', what: 'closed' }]);
    expect(existsSync(postgres.directory)).toBe(false);
    await expect(postgres.start(HOSTS, 'orders.example')).rejects.toThrow();
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Kills the watched processes as soon as this process is gone, however it went: a crash leaves nobody else to do it. */
export type Guard = {
  watch(pid: number): void;
  release(pid: number): void;
  close(): Promise<void>;
};

// A frozen or endlessly computing process cannot notice by itself that its host died. The shell's standard input ends
// with the host; a Ctrl-C in the terminal reaches the shell too and must not end it before it has done its work.
const script = `
trap '' INT TERM HUP
pids=' '
while read -r change pid; do
  case "$change" in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% "$pid" *} \${pids#* "$pid" }" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid"; done
`;

/** Undefined on Windows, which has neither the shell nor the signals. */
export function createGuard(): Guard | undefined {
  if (process.platform === 'win32') return undefined;
  const shell = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], env: {} });
  const gone = once(shell, 'exit').catch(() => {});
  shell.stdin.on('error', () => {});
  const tell = (change: '+' | '-', pid: number) =>
    void (shell.stdin.writable && shell.stdin.write(`${change} ${pid}\n`));
  return {
    watch: (pid) => tell('+', pid),
    release: (pid) => tell('-', pid),
    async close() {
      shell.stdin.end();
      await gone;
    },
  };
}

import { spawn } from 'node:child_process';

/*
 * `node scripts/side-by-side.ts lint typecheck`: these scripts of package.json at once, since each leaves a core idle for a while. Each
 * one's output comes in one piece when it ends, and the exit code is the highest.
 */

async function run(script: string): Promise<number> {
  const startedAt = performance.now();
  // By a shell, since npm is no program of its own on Windows.
  const child = spawn(`npm run --silent ${script}`, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(Buffer.concat(said));
  console.log(`${script}: ${code === 0 ? 'ok' : `failed with exit code ${code}`}, ${seconds} s`);
  return code;
}

process.exitCode = Math.max(...(await Promise.all(process.argv.slice(2).map(run))));

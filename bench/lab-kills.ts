import { createRandom } from '../sandbox/world/database/random.ts';
import { optionsOrUsage } from '../scripts/options.ts';
import { drawMoment, type Killed, killLab } from './lab-kills/kill.ts';
import { type KillOptions, killOptions, usage } from './lab-kills/options.ts';
import { createEnds, tidyOnSignal } from './soak/ends.ts';

/*
 * Kills labs in the sandbox (SIGKILL, to the process alone) at random moments, and resumes each: it has to end with exit code 0, with every
 * run, and without a process, a port, a temporary file, a lock or a state.
 */

async function main({ kills, seed, atOnce, only }: KillOptions): Promise<number> {
  const ends = createEnds();
  tidyOnSignal(ends.all);
  console.log(row('', 'killed in', 'after', 'wrong, or left behind'));
  // It tells how long each step takes, and what a lab leaves that is not killed.
  const { durations, ...undisturbed } = await killLab(only, undefined, ends.add);
  console.log(rowOf('–', undisturbed));
  if (!durations || undisturbed.wrong.length > 0) {
    console.log('a lab fails here that nothing has killed: mend that first, or wait until the machine is less busy');
    return 1;
  }
  let [begun, bad] = [0, 0];
  const work = async () => {
    while (begun < kills) {
      begun += 1;
      const number = begun;
      const random = createRandom(seed * 1000 + number);
      let one: Killed;
      // The moment may come after its end.
      do one = await killLab(only, drawMoment(number, durations, random), ends.add);
      while (!one.killed && one.wrong.length === 0);
      console.log(rowOf(String(number), one));
      bad += Number(one.wrong.length > 0);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  console.log(bad === 0 ? `${kills} killed labs have left nothing behind` : `${bad} labs failed, or left something`);
  return bad === 0 ? 0 : 1;
}

const row = (number: string, step: string, after: string, wrong: string): string =>
  `${number.padStart(4)}  ${step.padEnd(12)} ${after.padStart(8)}  ${wrong}`.trimEnd();

const rowOf = (number: string, { killed, wrong }: Pick<Killed, 'killed' | 'wrong'>): string =>
  row(
    number,
    killed?.step ?? 'not killed',
    killed ? `${(killed.afterMs / 1000).toFixed(2)} s` : '',
    wrong.length === 0 ? 'nothing: exit code 0' : wrong.join('; '),
  );

const options = optionsOrUsage(usage, killOptions);
if (options) process.exitCode = await main(options);

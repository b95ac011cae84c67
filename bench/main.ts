import { parseArgs } from 'node:util';
import { bundleSize } from './bundle.ts';
import { quietWatch, steadyCheck } from './calls.ts';
import { coldStart } from './cold-start.ts';
import { commandStart } from './command.ts';
import { type Figure, isMissed, table } from './figures.ts';
import { fleetStatus } from './fleet.ts';
import { outage } from './outage/outage.ts';
import { reaction } from './reaction.ts';

/** What is measured, by the name that `npm run bench -- NAME` takes. */
const measurements: Readonly<Record<string, (plot?: string) => Promise<Figure[]>>> = {
  bundle: bundleSize,
  'cold-start': coldStart,
  command: commandStart,
  fleet: fleetStatus,
  'steady-check': steadyCheck,
  reaction,
  'quiet-watch': quietWatch,
  outage,
};

/** Takes a quarter of an hour, so it runs only when it is named. */
const onRequest: readonly string[] = ['outage'];

const { values, positionals: wanted } = parseArgs({ allowPositionals: true, options: { plot: { type: 'string' } } });
const unknown = wanted.filter((name) => !(name in measurements));
if (unknown.length > 0) {
  console.error(`no measurement is named ${unknown.join(', ')}; there are: ${Object.keys(measurements).join(', ')}`);
  process.exit(2);
}

const names = wanted.length > 0 ? wanted : Object.keys(measurements).filter((name) => !onRequest.includes(name));
const figures: Figure[] = [];
for (const name of names) {
  process.stderr.write(`measuring ${name} …\n`);
  const measured = (await measurements[name]?.(values.plot)) ?? [];
  console.log(table(measured));
  figures.push(...measured);
}
process.exitCode = figures.some(isMissed) ? 1 : 0;

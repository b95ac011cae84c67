import { type Target, targetKey } from '../../lib/domain.ts';
import type { Run } from './run.ts';
import type { World } from './world.ts';

/* What every write is held to, at the moment of its call. Invariants are numbered as in the design; they are written anew here,
 * without the core's own functions, so that a fault of theirs cannot hide itself. */

export function checkRegistration(world: World, run: Run, targets: readonly Target[]): void {
  checkKnown(world, run, 'registers');
  for (const { ip, port } of targets) {
    if (!ip.startsWith('10.')) world.score.violate(3, `${run.name} registers ${ip}, which is not allowed`);
    if (!run.seen.has(ip) || (port !== 5432 && port !== 5433))
      world.score.violate(6, `${run.name} registers ${ip}:${port}, which no source has shown to it`);
  }
}

export function checkDeregistration(world: World, run: Run, targets: readonly Target[]): void {
  checkKnown(world, run, 'deregisters');
  if (run.registrationFailed) world.score.violate(4, `${run.name} deregisters after its registration failed`);
  const gone = new Set(targets.map(targetKey));
  if (![...run.listed].some((key) => !gone.has(key)))
    world.score.violate(4, `${run.name} deregisters everything that it knows of`);
}

/** Unknown changes nothing: the latest answer for the name that decides has to be an address, and a database that is there. */
function checkKnown({ story: { database }, score }: World, run: Run, does: string): void {
  if (run.topology?.kind === 'not-found') score.violate(2, `${run.name} ${does} though the database is not there`);
  if (database.role !== 'writer') return;
  const name = database.kind === 'hostname' ? database.hostname : database.endpoint?.host;
  const answers = [run.latest.get(name ?? ''), run.previous.get(name ?? '')];
  if (!answers.some((answer) => answer?.kind === 'addresses'))
    score.violate(2, `${run.name} ${does} without an answer for ${name}`);
}

import { isLive, type RegisteredTarget, type Target, targetKey } from '../../lib/domain.ts';
import { call } from './calls.ts';
import { checkDeregistration, checkEmptied, checkRegistration } from './invariants.ts';
import type { Run } from './run.ts';
import type { World } from './world.ts';

/* The target group, as a run calls it. */

export async function list(world: World, run: Run): Promise<readonly RegisteredTarget[]> {
  const targets = await groupCall(world, run, 'ELB describe', () => {
    run.listedAt = world.clock.now();
    return world.group.list();
  });
  run.listed = new Set(targets.filter(isLive).map(targetKey));
  for (const { port } of targets) run.ports.add(port);
  run.registrationFailed = false;
  run.hasRemoved = false;
  return targets;
}

export async function register(world: World, run: Run, targets: readonly Target[]): Promise<void> {
  checkRegistration(world, run, targets);
  run.registrationFailed = true;
  await groupCall(world, run, 'ELB register', () => world.change('own', 'register', targets));
  run.registrationFailed = false;
}

export async function deregister(world: World, run: Run, targets: readonly Target[]): Promise<void> {
  checkDeregistration(world, run, targets);
  run.hasRemoved = true;
  await groupCall(world, run, 'ELB deregister', () => {
    const before = world.group.live().length;
    world.score.note(() => `${run.name} deregisters ${targets.map(targetKey)}`);
    world.change('own', 'deregister', targets);
    if (before > 0) checkEmptied(world, run, targets);
  });
  for (const target of targets) run.accepted.add(targetKey(target));
}

async function groupCall<T>(world: World, run: Run, name: string, effect: () => T): Promise<T> {
  run.called.add(name);
  run.groupFailed = true;
  const result = await call(world, run, name, effect);
  run.groupFailed = false;
  return result;
}

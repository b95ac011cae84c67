import { describe, expect, test } from 'vitest';
import { decide } from '../../../lib/decision/decide.ts';
import { isLive, type RegisteredTarget, type Target, targetKey } from '../../../lib/domain.ts';
import { observe } from '../../../lib/observations/group.ts';
import { rememberLookups } from '../../../lib/observations/observations.ts';
import { newState, type RunState } from '../../../lib/observations/run-state.ts';
import type { DnsAnswer, InterfacesObservation } from '../../../lib/ports.ts';
import { a, addresses, b, host, instanceAt, lookupsOf, stranger, timings, whenHealthy } from '../scene.ts';
import { hostOf, keeping, marked, ofStranger, silent, zones } from '../warm-rig.ts';

/* ---------- every small world of a warm standby: what DNS, EC2 and the group show, in any combination ---------- */

const names: Readonly<Record<string, DnsAnswer>> = {
  writer: addresses(a.ip),
  'the other host': addresses(b.ip),
  nothing: { kind: 'failed', code: 'ESERVFAIL' },
};

const views: Readonly<Record<string, InterfacesObservation>> = {
  silent,
  none: marked(),
  writer: marked(hostOf(a)),
  other: marked(hostOf(b)),
  both: marked(hostOf(a), hostOf(b)),
  'a stranger beside': marked(hostOf(a), ofStranger(stranger)),
  three: marked(hostOf(a), hostOf(b), ofStranger(stranger)),
};

const states = [undefined, 'healthy', 'unhealthy', 'initial', 'draining'] as const;
const groups = [a, b, stranger].reduce<RegisteredTarget[][]>(
  (all, target) => all.flatMap((group) => states.map((state) => (state ? [...group, { ...target, state }] : group))),
  [[]],
);

const seen = instanceAt();
const topology = seen.kind === 'seen' ? { ...seen, topology: { ...seen.topology, zones } } : seen;

const requests = [keeping(), keeping('watch'), keeping('check', whenHealthy)];

const worlds = Object.entries(names).flatMap(([name, answer]) =>
  Object.entries(views).flatMap(([view, interfaces]) =>
    groups.flatMap((group) => requests.map((request) => ({ name, answer, view, interfaces, group, request }))),
  ),
);

type SmallWorld = (typeof worlds)[number];

/** As a run sees it that has seen the same for long, so that nothing waits for evidence. */
function decided({ answer, interfaces, group, request }: SmallWorld): RunState {
  const at = 100_000;
  const lookups = lookupsOf({ at, topology, dns: { [host]: answer } });
  const state = newState(0);
  const looked = {
    ...state,
    lookups,
    observations: rememberLookups(state.observations, lookups, request.database, timings),
    marked: { at, seen: interfaces },
  };
  return decide(request, observe(looked, { readAt: at, at, targets: group }));
}

const keysOf = (targets: readonly Target[]) => targets.map(targetKey);

describe('in every small world of a warm standby', () => {
  const all = worlds.map((world) => {
    const { plan } = decided(world);
    const live = world.group.filter(isLive);
    const register = plan?.kind === 'change' ? plan.register : [];
    const deregister = plan?.kind === 'change' ? plan.deregister : [];
    const endpoint = world.answer.kind === 'addresses' ? world.answer.addresses[0] : undefined;
    return { ...world, plan, live, register, deregister, endpoint };
  });
  const told = ({ name, view, group, plan }: (typeof all)[number]) =>
    JSON.stringify({ name, view, group: group.map(({ ip, state }) => `${ip} ${state}`), plan });
  const none = (broken: (world: (typeof all)[number]) => boolean) =>
    expect(all.filter(broken).slice(0, 3).map(told)).toEqual([]);

  test('a plan never empties the group', () => {
    none(
      ({ live, register, deregister }) => deregister.length > 0 && register.length + live.length === deregister.length,
    );
  });

  test('nothing but the endpoint and its proven standby enters', () => {
    const isProven = ({ view, endpoint }: (typeof all)[number], ip: string) =>
      ip === endpoint || (view === 'both' && endpoint !== undefined && [a.ip, b.ip].includes(ip));
    none((world) => world.register.some(({ ip }) => !isProven(world, ip)));
  });

  test('the address of the endpoint never leaves', () => {
    none(({ deregister, endpoint }) => deregister.some(({ ip }) => ip === endpoint));
  });

  test('nothing leaves while EC2 is silent', () => {
    none(({ view, deregister }) => view === 'silent' && deregister.length > 0);
  });

  test('without the endpoint nothing changes, but what is not one of both hosts leaves', () => {
    none(
      ({ name, view, register, deregister }) =>
        name === 'nothing' &&
        (register.length > 0 || deregister.some(({ ip }) => view !== 'both' || ip !== stranger.ip)),
    );
  });

  test("what is another's leaves at once, and alone, where one of the database's stays", () => {
    const owns: Readonly<Record<string, readonly string[]>> = {
      writer: [a.ip],
      other: [b.ip],
      both: [a.ip, b.ip],
      'a stranger beside': [a.ip],
      three: [a.ip, b.ip],
    };
    let met = 0;
    none(({ name, view, live, endpoint, deregister, register }) => {
      const own = owns[view] ?? [];
      const isForeign = ({ ip, state }: RegisteredTarget) =>
        !own.includes(ip) && ip !== endpoint && state !== 'initial';
      const foreign = live.filter(isForeign);
      const isTold = (name !== 'nothing' || view === 'both') && live.some(({ ip }) => own.includes(ip));
      if (!isTold || foreign.length === 0) return false;
      met += 1;
      return register.length > 0 || keysOf(deregister).join() !== keysOf(foreign).join();
    });
    expect(met).toBeGreaterThan(500);
  });

  test('an unhealthy standby beside a healthy writer is in sync', () => {
    const isRight = ({ name, view, group }: (typeof all)[number]) =>
      name === 'writer' &&
      view === 'both' &&
      group.map(({ ip, state }) => `${ip} ${state}`).join() === `${a.ip} healthy,${b.ip} unhealthy`;
    none((world) => isRight(world) && world.plan?.kind !== 'in-sync');
    expect(all.filter(isRight)).toHaveLength(requests.length);
  });
});

import type { Database, Policy, RegisteredTarget, Target, Topology, Trigger } from '../../lib/domain.ts';
import type { Mode, RunRequest } from '../../lib/observations/run-state.ts';
import type { InterfacesObservation, NetworkInterface } from '../../lib/ports.ts';
import { a, addresses, b, begin, host, instance, instanceAt, requestOf } from './scene.ts';
import { createFakeGroup, createWorld, type World } from './world.ts';

/* A Multi-AZ instance with a warm standby: the writer at a in the first zone, its standby at b in the second. */

export const marker = 'sg-0123456789abcdef9';
export const zones = { primary: 'eu-central-1a', secondary: 'eu-central-1b' } as const;
const warm: Database = { ...instance, markerSecurityGroup: marker };

/** As RDS makes it; the zone follows the third part of the address. */
export const hostOf = ({ ip }: Target, over: Partial<NetworkInterface> = {}): readonly [string, NetworkInterface] => [
  ip,
  {
    id: `eni-${ip}`,
    requester: 'amazon-rds',
    description: 'RDSNetworkInterface',
    securityGroups: [marker],
    zone: `eu-central-1${ip.startsWith('10.0.1.') ? 'a' : ip.startsWith('10.0.2.') ? 'b' : 'c'}`,
    ...over,
  },
];

export const ofStranger = (target: Target) => hostOf(target, { requester: undefined, description: 'web server' });

export const marked = (...all: readonly (readonly [string, NetworkInterface])[]): InterfacesObservation => ({
  kind: 'seen',
  interfaces: new Map(all.map(([ip, one]) => [ip, [one]])),
});

export const silent: InterfacesObservation = { kind: 'unavailable', message: 'EC2 is throttled' };

export function showZones(world: World, told: Topology['zones'] = zones): void {
  const seen = instanceAt();
  world.topology = seen.kind === 'seen' ? { ...seen, topology: { ...seen.topology, zones: told } } : seen;
}

/** The endpoint leads to `writer`; EC2 shows a and b. */
export function warmWorld(writer: Target, ...targets: readonly RegisteredTarget[]): World {
  const world = createWorld(createFakeGroup(targets));
  showZones(world);
  world.dns.set(host, addresses(writer.ip));
  world.marked = marked(hostOf(a), hostOf(b));
  return world;
}

export const keeping = (mode: Mode = 'check', over: Partial<Policy> = {}, trigger?: Trigger): RunRequest =>
  requestOf(warm, mode, trigger ?? (mode === 'watch' ? begin : undefined), { warmStandby: true, ...over });

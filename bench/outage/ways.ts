import { ModifyListenerCommand, RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Clients } from '../../cli/access/clients.ts';
import type { DrillPorts } from '../../cli/drill/ports.ts';
import { createDnsResolver } from '../../lib/adapters/dns-resolver.ts';
import { createElbv2TargetGroup } from '../../lib/adapters/elbv2-target-group.ts';
import type { Target } from '../../lib/domain.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { DatabaseKind } from '../../sandbox/world/database/state.ts';

/* The ways in which a client behind a load balancer can get to the new writer. */

export const ways = ['cold', 'probe', 'warm standby', 'weights'] as const;
export type Way = (typeof ways)[number];

/** A warm standby is an instance's. */
export const isFor = (way: Way, kind: DatabaseKind): boolean => way !== 'warm standby' || kind === 'instance';

/** `ports`: what the drill sees otherwise than in the functions' group. */
export type Prepared = { readonly ports: Pick<Partial<DrillPorts>, 'targetGroup'>; close(): void };

/**
 * Each host has a group of its own behind one listener, all of it prepared beforehand, and a script that knows the new writer by DNS, asked
 * each second, gives all the weight to its group.
 */
export async function switchWeights(sandbox: Sandbox, clients: Clients): Promise<Prepared> {
  const { targetGroup, balancer, database, clock, functions, environment } = sandbox;
  for (const one of Object.values(functions)) one.reconfigure({ ...environment, OBSERVE_ONLY: 'true' });
  const elbv2 = clients.elbv2();
  const [listener] = balancer.listeners;
  const writer = database.writer();
  const [other] = database.places().filter(({ ip }) => ip !== writer.ip);
  if (!listener || !other) throw new Error('the sandbox has no listener or no second host');
  const { arn: second } = sandbox.elbv2.createTargetGroup({
    name: 'orders-2',
    port: writer.port,
    healthCheck: targetGroup.healthCheck,
  });
  const target: Target = { ip: other.ip, port: writer.port };
  const forward = (weights: readonly [number, number]) =>
    elbv2.send(
      new ModifyListenerCommand({
        ListenerArn: listener.arn,
        DefaultActions: [
          {
            Type: 'forward',
            ForwardConfig: {
              TargetGroups: [targetGroup.arn, second].map((TargetGroupArn, index) => ({
                TargetGroupArn,
                Weight: weights[index],
              })),
            },
          },
        ],
      }),
    );
  await elbv2.send(
    new RegisterTargetsCommand({ TargetGroupArn: second, Targets: [{ Id: target.ip, Port: target.port }] }),
  );
  await forward([1, 0]);
  // The longest that a registration, the health of its target and a listener take.
  await clock.sleep(300_000);
  const { endpoint } = database.names();
  const resolver = createDnsResolver({ servers: [sandbox.dns.address] });
  let isSwitched = false;
  const check = async () => {
    const answer = await resolver.resolve(endpoint);
    if (isSwitched || answer.kind !== 'addresses' || !answer.addresses.includes(target.ip)) return;
    isSwitched = true;
    await forward([0, 1]);
  };
  const groups = [targetGroup.arn, second].map((arn) => createElbv2TargetGroup(elbv2, arn));
  const serving = { list: (signal?: AbortSignal) => groups[isSwitched ? 1 : 0]?.list(signal) ?? Promise.resolve([]) };
  return { ports: { targetGroup: serving }, close: clock.every(1000, () => void check()) };
}

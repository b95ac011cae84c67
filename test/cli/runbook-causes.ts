import { createServer, type Socket } from 'node:net';
import {
  DeregisterTargetsCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, vi } from 'vitest';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { securityGroupIds } from '../../sandbox/world/surroundings.ts';
import { settingsFor } from '../quiet-sandbox.ts';
import { mysqlError } from './connect-check/rig.ts';
import { scheduledCheck, untilKnownLost } from './rig.ts';

/* How each cause that the beginning of the runbook names comes about in a sandbox, and ends. */

export type Undo = () => unknown;
export type Cause = (sandbox: Sandbox) => Undo | Promise<Undo>;

const elbv2 = (sandbox: Sandbox) => new ElasticLoadBalancingV2Client(settingsFor(sandbox));

const withoutRules =
  (id: keyof typeof securityGroupIds, side: 'ingress' | 'egress'): Cause =>
  ({ surroundings }) => {
    const { securityGroups } = surroundings.ec2;
    const group = securityGroups.get(securityGroupIds[id]);
    if (!group) throw new Error(`no group ${id}`);
    securityGroups.set(securityGroupIds[id], { ...group, [side]: [] });
    return () => securityGroups.set(securityGroupIds[id], group);
  };

const unknownName: Cause = ({ database }) => {
  database.dns.override('all', { kind: 'nxdomain' });
  return () => database.dns.override('all', undefined);
};

const crossZoneOff: Cause = ({ balancer }) => {
  balancer.attributes.set('load_balancing.cross_zone.enabled', 'false');
  return () => balancer.attributes.set('load_balancing.cross_zone.enabled', 'true');
};

const noListener: Cause = ({ balancer }) => {
  const { listeners } = balancer;
  balancer.listeners = [];
  return () => {
    balancer.listeners = listeners;
  };
};

const scheduleOff: Cause = ({ eventBridge }) => {
  const rule = eventBridge.rule('orders-drift');
  if (!rule) throw new Error('no schedule');
  rule.isEnabled = false;
  return () => {
    rule.isEnabled = true;
  };
};

const sessionsGoOn: Cause = async (sandbox) => {
  const terminate = (Value: string) =>
    elbv2(sandbox).send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: sandbox.targetGroup.arn,
        Attributes: [{ Key: 'deregistration_delay.connection_termination.enabled', Value }],
      }),
    );
  await terminate('false');
  return () => terminate('true');
};

/** The reader's address beside the writer's, as a stranger's script would register it. */
const readerRegistered: Cause = async (sandbox) => {
  const { database, targetGroup } = sandbox;
  const reader = database.describe().instances.find(({ isWriter }) => !isWriter);
  const answer = database.zone(database.names().instances[reader?.id ?? ''] ?? '', 'A');
  const [Id = ''] = answer.kind === 'records' ? (answer.a ?? []) : [];
  const Targets = [{ Id, Port: database.writer().port }];
  await elbv2(sandbox).send(new RegisterTargetsCommand({ TargetGroupArn: targetGroup.arn, Targets }));
  return () => scheduledCheck(sandbox);
};

const healthy = ({ targetGroup }: Sandbox, is = true) =>
  vi.waitFor(() => expect(targetGroup.targets().some(({ state }) => state === 'healthy')).toBe(is), {
    timeout: 20_000,
  });

const groupEmptied: Cause = async (sandbox) => {
  const { ip: Id, port: Port } = sandbox.database.writer();
  const Targets = [{ Id, Port }];
  await elbv2(sandbox).send(new DeregisterTargetsCommand({ TargetGroupArn: sandbox.targetGroup.arn, Targets }));
  await vi.waitFor(() => expect(sandbox.targetGroup.targets()).toEqual([]), { timeout: 20_000 });
  return async () => {
    await scheduledCheck(sandbox);
    await healthy(sandbox);
  };
};

/** As `stop-db-cluster` does. */
const databaseStopped: Cause = async (sandbox) => {
  await sandbox.database.stop();
  await healthy(sandbox, false);
  return async () => {
    await sandbox.database.start();
    await scheduledCheck(sandbox);
    await healthy(sandbox);
  };
};

const zoneMissing: Cause = ({ balancer }) => {
  const { subnets } = balancer;
  balancer.subnets = subnets.slice(0, 2);
  return () => {
    balancer.subnets = subnets;
  };
};

/** Something else answers at the writer's address. */
const answering =
  (serve: (socket: Socket) => unknown): Cause =>
  async ({ database, network }) => {
    const { ip, port } = database.writer();
    const before = network.locate(ip, port) ?? 0;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => socket.destroy()));
      serve(socket);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    network.attach(ip, port, typeof address === 'object' ? (address?.port ?? 0) : 0);
    return () => {
      network.attach(ip, port, before);
      for (const socket of sockets) socket.destroy();
      server.close();
    };
  };

const scheduled = { source: 'aws.events', 'detail-type': 'Scheduled Event' };

const hangs: Cause = ({ gameDay }) => {
  gameDay.hang();
  return gameDay.resume;
};

const runDenied: Cause = async ({ gameDay, functions }) => {
  const permission = 'elasticloadbalancing:DescribeTargetHealth';
  gameDay.deny(permission);
  await functions.drift.invoke(scheduled);
  return () => gameDay.allow(permission);
};

const failedOver: Cause = async (sandbox) => {
  sandbox.eventBridge.delivery({ loseAll: true });
  await sandbox.database.failover({ cause: 'failover' });
  await scheduledCheck(sandbox);
  await untilKnownLost(sandbox);
  return () => healthy(sandbox);
};

const mysql: Cause = ({ database }) => {
  database.overrideApiView((view) => ({
    ...view,
    instances: view.instances.map((instance) => ({ ...instance, engine: 'aurora-mysql' })),
  }));
  return () => database.overrideApiView(undefined);
};

const blocked = mysqlError(1129, "Host '10.0.1.7' is blocked because of many connection errors");

/** What is not set up at several places, which one look at the checks tells all together. */
const together =
  (...causes: readonly Cause[]): Cause =>
  async (sandbox) => {
    const undos: Undo[] = [];
    for (const cause of causes) undos.push(await cause(sandbox));
    return async () => {
      for (const undo of undos) await undo();
    };
  };

type Rehearsal = { readonly cause: Cause; readonly shows: readonly string[] };

/** By what happens, with what the rows of the document quote. What stays in the history comes last. */
export const rehearsals: Readonly<Record<string, Rehearsal>> = {
  'a reader is registered': { cause: readerRegistered, shows: ['status: drift (', 'status: not wanted'] },
  'no name resolves': { cause: unknownName, shows: ['status: held:', 'doctor: FAILED desired-state-known'] },
  'the writer is deregistered': { cause: groupEmptied, shows: ['status: missing'] },
  'the database is stopped': { cause: databaseStopped, shows: ['status: NO HEALTHY TARGET'] },
  'the database hangs': {
    cause: hangs,
    shows: ['connect-check: fault: database-silent', 'doctor: FAILED writer-accepts-connections'],
  },
  'MySQL has locked the load balancer out': {
    cause: together(
      mysql,
      answering((socket) => socket.end(blocked)),
    ),
    shows: ['connect-check: fault: host-blocked', 'doctor: FAILED max-connect-errors'],
  },
  'security groups admit nothing, zones are not crossed, and one has no subnet': {
    cause: together(
      withoutRules('database', 'ingress'),
      withoutRules('loadBalancer', 'egress'),
      withoutRules('loadBalancer', 'ingress'),
      crossZoneOff,
      zoneMissing,
    ),
    shows: [
      'doctor: FAILED database-admits-load-balancer',
      'doctor: FAILED load-balancer-reaches-database',
      'doctor: FAILED load-balancer-admits-consumers',
      'doctor: FAILED cross-zone-on',
      'doctor: FAILED zones-cover-database',
    ],
  },
  'no listener forwards, the schedule is off, sessions go on': {
    cause: together(noListener, scheduleOff, sessionsGoOn),
    shows: ['doctor: FAILED load-balancer-forwards', 'doctor: FAILED rules-enabled', 'doctor: FAILED group-attributes'],
  },
  'a run is denied a call': { cause: runDenied, shows: ['events: AccessDenied'] },
  'a failover, of which every event is lost': { cause: failedOver, shows: ['events: in sync after', 'events: MISSED'] },
};

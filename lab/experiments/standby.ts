import { type DBInstance, DescribeDBInstancesCommand, ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { type Lab, pause, until } from '../lab.ts';
import type { Experiment, Measured } from './experiment.ts';
import { failOver } from './failover.ts';
import { interfacesOf } from './scratch.ts';

/** When the interfaces are read. */
const moments = ['before', 'after a failover', 'after two', 'after three', 'after a change of class'] as const;

export const standby: Experiment = {
  name: 'standby',
  title: "The standby's interface",
  question: 'Is the interface of a Multi-AZ standby listed, does it keep its address, and what does its port answer?',
  method:
    "DescribeNetworkInterfaces with the database's security group, and one TCP attempt at each address; before, after each of three failovers, and after a change of class.",
  decides: 'whether a warm standby can be proven as docs/warm-standby.md says, and how its health check fails',
  on: 'instance',
  runs: moments.length,
  figures: {},
  async run(lab, run, _lane, signal) {
    if (run > 0 && run < 4) await failOver(lab, 'instance', signal);
    if (run === 4) {
      if (lab.lacks.has('class change')) return { ms: {}, facts: { when: moments[4], result: 'only on AWS' } };
      await changeClass(lab, signal);
    }
    return read(lab, moments[run] ?? moments[0], signal);
  },
};

async function read(lab: Lab, when: string, signal: AbortSignal): Promise<Measured> {
  const instance = await available(lab, signal);
  const database = lab.database('instance');
  const found = await interfacesOf(lab, 'instance', database);
  const { port } = database.endpoint;
  const targets = found.map(({ address }) => ({
    ...{ name: address, host: address, port },
    ...{ kind: 'tcp' as const, isInside: true },
  }));
  const { attempts } = await lab.client('instance', { targets, seconds: 3, everyMs: 3000 }, signal);
  const answers = new Map(attempts.map(({ target, outcome }) => [target, outcome]));
  return {
    ms: {},
    facts: {
      when,
      zones: `${instance.AvailabilityZone}, standby in ${instance.SecondaryAvailabilityZone ?? 'no zone'}`,
      interfaces: found
        .map(({ id, address, zone }) => `${address} in ${zone} (${id}): ${answers.get(address) ?? 'not tried'}`)
        .join('; '),
    },
  };
}

/** Settled: the view is late, so the first `available` may be the one before. */
async function available(lab: Lab, signal: AbortSignal): Promise<DBInstance> {
  const { id: DBInstanceIdentifier } = lab.database('instance');
  await pause(lab, 60_000, signal);
  const ask = async () => {
    const reply = await lab.clients('instance').rds().send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
    const [instance] = reply.DBInstances ?? [];
    if (!instance) throw new Error(`the RDS API knows no DB instance ${DBInstanceIdentifier}`);
    const isBusy = Object.keys(instance.PendingModifiedValues ?? {}).length > 0;
    return instance.DBInstanceStatus === 'available' && !isBusy ? instance : undefined;
  };
  return until(lab, 'an available instance', ask, signal, 5000);
}

/** From one size of the lab's to the other. */
async function changeClass(lab: Lab, signal: AbortSignal): Promise<void> {
  const { DBInstanceIdentifier, DBInstanceClass } = await available(lab, signal);
  const command = new ModifyDBInstanceCommand({
    DBInstanceIdentifier,
    DBInstanceClass: DBInstanceClass === 'db.t4g.micro' ? 'db.t4g.small' : 'db.t4g.micro',
    ApplyImmediately: true,
  });
  await lab.clients('instance').rds().send(command);
}

import { type App, ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnAlarm, CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { DatabaseEntry } from '../config/databases.ts';
import { ConfigurationError } from '../config/problems.ts';
import { FleetDashboard, type FleetMember } from '../reconciler/fleet-dashboard.ts';

/** A database and its stack. */
type Member = { readonly entry: DatabaseEntry; readonly stack: Stack };

const fleetName = 'target-reconciler-fleet';

/**
 * One dashboard for the databases of each account: CloudWatch shows every Region of an account on it. It names the databases' alarms and
 * imports nothing, so each stack is deployed and deleted without the other.
 * @throws ConfigurationError
 */
export function addFleetStacks(app: App, members: readonly Member[]): readonly Stack[] {
  const accounts = [...Map.groupBy(members, ({ entry }) => entry.account)];
  return accounts.map(([account, own]) => {
    const id = accounts.length === 1 ? fleetName : `${fleetName}-${account ?? 'default'}`;
    const taken = members.find(({ stack }) => stack.stackName === id);
    if (taken)
      throw new ConfigurationError('-c fleet', [
        `the stack of the fleet's dashboard is named ${id}, and so is that of ${taken.entry.name}; allowed: another stackName`,
      ]);
    return new FleetStack(app, id, own);
  });
}

class FleetStack extends Stack {
  constructor(app: App, id: string, members: readonly Member[]) {
    const [first] = members.map(({ entry }) => entry);
    super(app, id, {
      stackName: id,
      description: 'One dashboard for all databases (rds-target-reconciler)',
      env: { account: first?.account, region: first?.region },
    });
    new FleetDashboard(this, 'Fleet', {
      dashboardName: fleetName,
      members: members.map((member) => this.memberOf(member)),
    });
  }

  private memberOf({ entry, stack }: Member): FleetMember {
    const all = stack.node.findAll();
    return {
      databaseName: entry.name,
      region: entry.region,
      dashboardName: all.find((one) => one instanceof CfnDashboard)?.dashboardName,
      alarmArns: all
        .filter((one) => one instanceof CfnAlarm)
        .flatMap(({ alarmName }) => alarmName ?? [])
        .map((resourceName) =>
          this.formatArn({
            service: 'cloudwatch',
            region: entry.region,
            account: entry.account,
            resource: 'alarm',
            resourceName,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ),
    };
  }
}

import { createCloudWatch } from '../aws/cloudwatch/cloudwatch.ts';
import { createEc2 } from '../aws/ec2/ec2.ts';
import { createElbv2 } from '../aws/elbv2/elbv2.ts';
import { createEventBridge } from '../aws/eventbridge.ts';
import { createEventsApi } from '../aws/events-api/events-api.ts';
import { createSchedulerApi } from '../aws/events-api/scheduler-api.ts';
import { createLambdaApi } from '../aws/lambda/lambda-api.ts';
import { createLogsApi } from '../aws/lambda/logs-api.ts';
import { createRds } from '../aws/rds/rds.ts';
import { vpcEndpointService } from '../aws/vpc-endpoints/operations.ts';
import { createEndpointWorld } from '../aws/vpc-endpoints/world.ts';
import type { RegionalServices } from '../aws/wire/server.ts';
import type { SandboxClock } from './clock.ts';
import type { Journal } from './journal.ts';

/** Another Region of the account: the same APIs, and nothing of ours. */
export function createElsewhere(
  region: string,
  account: string,
  shared: { readonly clock: SandboxClock; readonly journal: Journal },
): RegionalServices {
  const vpc = { id: 'vpc-0fedcba9876543210', cidrs: [], subnets: [] };
  const { service: ec2 } = createEc2(vpc, {});
  const privateLink = vpcEndpointService(createEndpointWorld(region));
  const bus = createEventBridge({ ...shared, region, account });
  return {
    services: [
      createRds({ ...shared, databases: () => [], region, account }).service,
      createElbv2({ ...shared, vpc, region, account }).service,
      { ...ec2, operations: { ...ec2.operations, ...privateLink.operations } },
    ],
    jsonServices: [
      createCloudWatch({ now: () => 0, values: () => [] }, {}).api,
      createEventsApi(bus),
      createSchedulerApi(bus),
      createLambdaApi(() => [], { region, account }, shared.clock),
      createLogsApi(() => [], region),
    ],
  };
}

import { type EventPattern, eventPattern } from '../../../infra/reconciler/event-pattern.ts';
import type { Config } from '../../../lib/settings/config.ts';
import { home } from '../../world/network.ts';
import type { LambdaFunction } from '../../world/types.ts';
import { arnOf } from '../lambda/lambda-api.ts';
import type { EventBridge } from './eventbridge.ts';

type Followed = Config['database'];

type Woken = {
  readonly eventBridge: EventBridge;
  readonly database: Followed;
  readonly functions: { readonly failover: LambdaFunction; readonly drift: LambdaFunction };
  readonly isScheduled: boolean;
};

/** RDS events wake the failover function, the schedule the drift function. */
export function createTriggers({ eventBridge, database, functions, isScheduled }: Woken): void {
  const [failover, drift] = [arnOf('orders-failover', home), arnOf('orders-drift', home)];
  const pattern = deployedPattern(database);
  if (pattern)
    eventBridge.target({ name: 'orders-rds', pattern, targetArn: failover }, (event) =>
      functions.failover.invokeAsync(event),
    );
  if (isScheduled) eventBridge.schedule('orders-drift', 60_000, (event) => functions.drift.invokeAsync(event), drift);
}

/** Of the rule that our CDK deploys; undefined where no event concerns the database. */
export function deployedPattern({ id, ...database }: Followed): EventPattern | undefined {
  const { region, account } = home;
  const identifier = id?.toLowerCase();
  const arn = (resource: string, name: string) => `arn:aws:rds:${region}:${account}:${resource}:${name}`;
  return eventPattern(
    { ...database, identifier },
    {
      ownArn: (resource) => arn(resource, identifier ?? ''),
      arn,
      isToken: () => false,
      lengthOf: ({ length }) => length,
    },
  );
}

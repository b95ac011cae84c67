import type { LambdaFunction, TargetGroup } from './world/types.ts';

type Parts = { readonly functions: { readonly drift: LambdaFunction }; readonly targetGroup: TargetGroup };

/** What a deployment does: resync, and fail when that fails. Then the group serves. */
export async function registerFirst({ functions, targetGroup }: Parts): Promise<void> {
  const result = await functions.drift.invoke({ action: 'resync' });
  if (result.status !== 'succeeded') throw new Error(`the first resync failed: ${JSON.stringify(result.payload)}`);
  await untilHealthy(targetGroup);
}

function untilHealthy(group: TargetGroup): Promise<void> {
  const isHealthy = () => group.targets().some(({ state }) => state === 'healthy');
  return new Promise((resolve) => {
    const unfollow = group.onChange(() => check());
    const check = () => {
      if (!isHealthy()) return;
      unfollow();
      resolve();
    };
    check();
  });
}

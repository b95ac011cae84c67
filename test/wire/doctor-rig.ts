import { join } from 'node:path';
import type { Check, Report } from '../../lib/domain.ts';
import { createFunction } from '../../sandbox/aws/lambda/function.ts';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { createListenerEngine } from '../../sandbox/world/database/listener-engine.ts';
import type { LambdaFunction } from '../../sandbox/world/types.ts';
import { reportOf } from './rig.ts';

const bundle = join(import.meta.dirname, '../../dist/functions/drift/index.mjs');

/** A cluster whose schedule fires but invokes no function, so that what a test breaks stays broken until it is put right. */
export async function startWatched(): Promise<Sandbox> {
  const sandbox = await createSandbox({
    kind: 'cluster',
    engine: createListenerEngine,
    loadBalancer: 'ideal',
    speed: 10,
    isScheduled: false,
  });
  sandbox.eventBridge.schedule('orders-drift', 60_000, () => {}, arnOf('orders-drift'));
  sandbox.eventBridge.rule('orders-drift')?.firedAt.push(sandbox.clock.elapsed());
  keepQuiet(sandbox);
  return sandbox;
}

/** Without a schedule no run succeeds, and the alarm of that rings after five minutes of AWS, which are seconds here. */
export const keepQuiet = ({ surroundings }: Sandbox) =>
  void surroundings.cloudWatch.alarms.set('orders-no-success', { state: 'OK' });

export const arnOf = (name: string) => `arn:aws:lambda:eu-central-1:123456789012:function:${name}`;

export async function checksFrom(asked: LambdaFunction): Promise<readonly Check[]> {
  const report: Report = reportOf(await asked.invoke({ action: 'doctor' }));
  return report.checks ?? [];
}

type Other = { readonly name?: string; readonly bundle?: string; readonly environment?: Record<string, string> };

/** What a function with another configuration says. It has the drift function's name, so that rules know it. */
export async function checksWith({ clock, journal, environment }: Sandbox, other: Other): Promise<readonly Check[]> {
  const asked = createFunction({
    name: 'orders-drift',
    bundle,
    memoryMb: 256,
    timeoutMs: 30_000,
    clock,
    journal,
    ...other,
    environment: { ...environment, ...other.environment },
  });
  try {
    return await checksFrom(asked);
  } finally {
    await asked.close();
  }
}

export const named = (checks: readonly Check[], result: Check['result']) =>
  [...new Set(checks.filter((one) => one.result === result).map(({ check }) => check))].sort();

export const detailOf = (checks: readonly Check[], name: string) =>
  checks
    .filter(({ check }) => check === name)
    .map(({ detail }) => detail)
    .join('; ');

import type { LabOutputs } from '../contract.ts';
import type { LabPart, LabSettings, LabStacks } from '../lab.ts';
import { type Cdk, outputsIn } from './cdk.ts';
import type { CloudFormation } from './cloudformation.ts';

export type StackParts = {
  readonly cdk: Cdk;
  readonly cloudFormation: CloudFormation;
  /** As infra/lab calls them. */
  readonly stackNameOf: (run: string, part: LabPart) => string;
};

/** The stack of a proof stands in the app only where its setting does: any value has the same resources. */
export const withProof = (settings: LabSettings): LabSettings => ({ ...settings, proof: 'mistyped' });

export function stacksOf({ cdk, cloudFormation, stackNameOf }: StackParts, settings: LabSettings): LabStacks {
  const nameOf = (part: LabPart) => stackNameOf(settings.run ?? '', part);
  return {
    deployProof: (proof, signal) => cdk.alone('deploy', 'proof', { ...settings, proof }, signal),
    revertDrift: (signal) => cdk.alone('deploy', 'services', settings, signal, ['--revert-drift']),
    status: (part) => cloudFormation.status(nameOf(part)),
    failures: (part) => cloudFormation.failures(nameOf(part)),
    targetGroups: () => cloudFormation.resources(nameOf('services'), 'AWS::ElasticLoadBalancingV2::TargetGroup'),
    destroy: (part, signal) => cdk.alone('destroy', part, part === 'proof' ? withProof(settings) : settings, signal),
  };
}

/** CloudFormation takes no deployment of a stack whose deletion has begun, as the last proof leaves the services: their outputs then. */
export async function deployed(
  { cdk, cloudFormation, stackNameOf }: StackParts,
  settings: LabSettings,
  signal: AbortSignal,
): Promise<LabOutputs> {
  const nameOf = (part: LabPart) => stackNameOf(settings.run ?? '', part);
  const status = await cloudFormation.status(nameOf('services'), signal);
  if (!status?.startsWith('DELETE_')) return cdk.deploy(settings, signal);
  const parts = ['databases', 'services', 'consumer'] as const;
  const outputs = await Promise.all(parts.map((part) => cloudFormation.outputs(nameOf(part))));
  return outputsIn(Object.fromEntries(parts.map((part, index) => [part, outputs[index] ?? {}])));
}

import { type App, Tags } from 'aws-cdk-lib';
import { ConsumerStack } from './consumer-stack.ts';
import { DatabasesStack } from './databases-stack.ts';
import { type LabSettings, labTag } from './names.ts';
import { ProofStack } from './proof-stack.ts';
import { ServicesStack } from './services-stack.ts';
import type { LabStack } from './stack.ts';
import { SwitchStack } from './switch-stack.ts';

/** The lab, in the order of its deployment. */
export function addLabStacks(app: App, settings: LabSettings): readonly LabStack[] {
  const deadMansSwitch = new SwitchStack(app, settings);
  const databases = new DatabasesStack(app, settings);
  const services = new ServicesStack(app, settings, databases);
  const consumer = new ConsumerStack(app, settings, databases, services);
  const proof = settings.proof ? [new ProofStack(app, settings, settings.proof, databases)] : [];
  for (const stack of [databases, services, consumer, ...proof])
    stack.addStackDependency(deadMansSwitch, 'it deletes them when nothing else has');
  Tags.of(app).add(labTag, settings.run);
  return [deadMansSwitch, databases, services, consumer, ...proof];
}

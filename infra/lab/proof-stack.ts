import type { App } from 'aws-cdk-lib';
import { FollowedDatabase } from '../index.ts';
import type { DatabasesStack } from './databases-stack.ts';
import type { LabSettings, Proof } from './names.ts';
import { acceptFunctions, createService } from './service.ts';
import { LabStack } from './stack.ts';

/**
 * What a user deploys with one mistake in it, beside the instance of the lab: functions outside the VPC, a load balancer and an endpoint
 * service. It imports nothing but what the services import, so that no other stack has to be deployed for it.
 */
export class ProofStack extends LabStack {
  constructor(app: App, settings: LabSettings, proof: Proof, { vpc, instance }: DatabasesStack) {
    super(app, 'proof', settings, 'Proof of the lab: its deployment is to fail');
    const instanceIdentifier = `${instance.id}-mistyped`;
    createService(this, {
      ...{ name: 'proof', vpc, database: instance },
      subnets: vpc.isolatedSubnets.filter(({ availabilityZone }) => proof !== `without-${availabilityZone}`),
      followed: proof === 'mistyped' ? FollowedDatabase.instance({ instanceIdentifier }) : undefined,
    });
    acceptFunctions(this);
  }
}

import { Annotations, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { isCidr, isWithin, privateCidrs } from '../../lib/addresses.ts';
import type { TargetReconcilerProps } from './target-reconciler-props.ts';

/** What may be registered; undefined: every private range. */
export function allowedCidrsOf({ allowedCidrs, vpc }: TargetReconcilerProps): readonly string[] | undefined {
  if (allowedCidrs || !vpc) return allowedCidrs;
  try {
    return [vpc.vpcCidrBlock];
  } catch {
    // A VPC that was imported without its range.
    return undefined;
  }
}

/** DNS is not signed: within the allowed ranges an answer can name any host. */
export function warnOfAnyAddress(scope: IConstruct, cidrs: readonly string[] | undefined): void {
  if (cidrs && (Token.isUnresolved(cidrs) || !holdAll(cidrs.filter(isCidr)))) return;
  Annotations.of(scope).addWarningV2(
    'rds-target-reconciler:allowedCidrs',
    'every private address may be registered, and so may any host that a forged DNS answer names: give allowedCidrs ' +
      '("reconcile.allowedCidrs"), best the subnets of the database, or its VPC ("vpc.cidr")',
  );
}

/** Every private IPv4 range, however it is written: `0.0.0.0/0` allows no more than the three. */
const holdAll = (cidrs: readonly string[]): boolean =>
  privateCidrs.slice(0, 3).every((one) => cidrs.some((cidr) => isWithin(one, cidr)));

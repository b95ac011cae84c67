import type { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { admittingGroupOf } from '../config/database-entry.ts';
import type { DatabaseEntry } from '../config/databases.ts';
import type { ProbeProps } from '../reconciler/probe.ts';

/** The probe that one entry of the configuration file asks for, if it does. */
export function probeOf(stack: Stack, entry: DatabaseEntry): ProbeProps | undefined {
  const { probe, database } = entry;
  if (!probe || database.kind === 'hostname') return undefined;
  const { databaseSecurityGroupId, secretArn, secretKeyArn, ...rest } = probe;
  // The rules of the file require a group and a port.
  const groupId = databaseSecurityGroupId ?? admittingGroupOf(entry) ?? '';
  return {
    ...rest,
    secret: secretArn === undefined ? undefined : secretOf(stack, secretArn, secretKeyArn),
    databaseSecurityGroup: ec2.SecurityGroup.fromSecurityGroupId(stack, 'ProbedSecurityGroup', groupId),
    port: database.port ?? 0,
  };
}

const secretOf = (stack: Stack, secretCompleteArn: string, keyArn: string | undefined) =>
  Secret.fromSecretAttributes(stack, 'ProbeSecret', {
    secretCompleteArn,
    encryptionKey: keyArn === undefined ? undefined : Key.fromKeyArn(stack, 'ProbeSecretKey', keyArn),
  });

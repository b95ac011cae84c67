import {
  acceptanceProblems,
  addressFamilyProblems,
  crossRegionProblems,
  databaseSideProblems,
  gatewayProblems,
} from './access-rules.ts';
import { stackNamesIn } from './database-entry.ts';
import { endpointMistake } from './endpoint-names.ts';
import {
  markerProblems,
  probeEngineProblems,
  probeGroupProblems,
  probeLoginProblems,
  probePlaceProblems,
  standbyProblems,
  standbyServiceProblems,
} from './faster-rules.ts';
import {
  accountProblems,
  existingEndpointProblems,
  locationProblems,
  sharedEndpointProblems,
  sharedPlacementProblems,
  subnetProblems,
  vpcProblems,
  zoneProblems,
} from './network-rules.ts';
import type { Problem } from './problems.ts';
import { sharedProblems, sharedServiceProblems } from './shared-rules.ts';
import { idleAlarmProblems, idleSettingProblems } from './unused-rules.ts';
import {
  at,
  has,
  hasFunctions,
  once,
  refused,
  repeatedProblems,
  repeats,
  required,
  textAt,
  uniqueNames,
} from './values.ts';

/*
 * Rules that no single field can check: between fields, and between databases. They read the file as it is, valid or not, so that
 * their problems appear together with zod's; a rule that reads a value that zod refused finds nothing (values.ts).
 */

const groupProblems = (entry: object): Problem[] => [
  ...(!has(entry, 'targetGroupArn') && !has(entry, 'resourceGateway') && hasFunctions(entry)
    ? required(entry, ['endpointService'], 'endpointService (a new one), or targetGroupArn (an existing group)')
    : []),
  ...(has(entry, 'endpointService')
    ? ['targetGroupArn', 'loadBalancerArn'].flatMap((key) =>
        refused(entry, [key], 'nothing: endpointService makes its own'),
      )
    : []),
];

/** With `lowTopicArn` alone, the urgent alarms would notify no topic. */
const alarmProblems = (entry: object): Problem[] =>
  has(entry, 'alarms', 'lowTopicArn')
    ? required(
        entry,
        ['alarms', 'topicArn'],
        'the topic of the urgent alarms: lowTopicArn gets only those that can wait',
      )
    : [];

function noticeProblems(entry: object): Problem[] {
  if (!hasFunctions(entry)) return [];
  const no = (why: string) => refused(entry, ['notifyFailovers'], `nothing ${why}`);
  if (textAt(entry, 'database', 'kind') === 'hostname')
    return no('for a host name: which of its addresses is the writer is not known');
  const role = textAt(entry, 'role') ?? 'writer';
  return role === 'writer' ? [] : no(`with "role": "${role}": the writer fails over`);
}

/** For a host name the schema itself requires the port. */
const portProblems = (entry: object): Problem[] =>
  has(entry, 'endpointService') && has(entry, 'database') && at(entry, ['database', 'kind']) !== 'hostname'
    ? required(entry, ['database', 'port'], 'the port of the database, which endpointService needs')
    : [];

/** A role that exists is used as it is. */
const roleProblems = (entry: object): Problem[] =>
  has(entry, 'roles', 'executionRoleArn')
    ? ['permissionsBoundaryArn', 'path'].flatMap((key) =>
        refused(entry, ['roles', key], 'nothing: with executionRoleArn no role is created'),
      )
    : [];

/** Only a cluster has custom endpoints. */
function customEndpointProblems(entry: object): Problem[] {
  if (textAt(entry, 'role') !== 'custom') return refused(entry, ['endpointId'], 'nothing without "role": "custom"');
  const kind = textAt(entry, 'database', 'kind');
  return [
    ...(kind === undefined || kind === 'cluster' ? [] : refused(entry, ['role'], '"custom" only for a cluster')),
    ...required(entry, ['endpointId'], 'the identifier of the custom endpoint'),
  ];
}

function endpointProblems(entry: object): Problem[] {
  const path = ['database', 'endpoint'];
  const input = textAt(entry, ...path);
  if (input === undefined) return [];
  const role = textAt(entry, 'role');
  const [kind, id] = [textAt(entry, 'database', 'kind'), textAt(entry, 'database', 'id')];
  const allowed = endpointMistake(input, { kind, id, role, region: textAt(entry, 'region') });
  return allowed === undefined ? [] : [{ path, input, allowed }];
}

/** A host name has one source, DNS: no API confirms its addresses. */
const hostNameProblems = (entry: object): Problem[] =>
  textAt(entry, 'database', 'kind') !== 'hostname' || !hasFunctions(entry)
    ? []
    : [
        ...(has(entry, 'reconcile', 'allowedCidrs') || has(entry, 'vpc', 'cidr') || lacksMore(entry)
          ? []
          : required(
              entry,
              ['reconcile', 'allowedCidrs'],
              'the ranges in which the addresses of the name lie, like ["10.0.1.0/24", "10.0.2.0/24"], or vpc.cidr: DNS is the only source for a host name, and must not be able to name any address',
            )),
        ...(at(entry, ['reconcile', 'verifyInterfaces']) === true
          ? required(
              entry,
              ['database', 'securityGroupIds'],
              'the security groups of the service behind the name, which verifyInterfaces compares',
            )
          : []),
      ];

/** A missing VPC or access method is the mistake then, not the missing range. */
const lacksMore = (entry: object): boolean =>
  (!has(entry, 'vpc') && (has(entry, 'endpointService') || has(entry, 'placement'))) ||
  (!has(entry, 'access') && has(entry, 'resourceGateway'));

/** Different names can still result in one stack, by a prefix or a stack name that was kept. */
function stackProblems(entries: readonly unknown[]): Problem[] {
  const names = entries.map((entry) => textAt(entry, 'name'));
  const stacks = stackNamesIn(entries);
  return repeats(stacks.map((stack) => stack?.toLowerCase()))
    .filter(({ index, first }) => names[index]?.toLowerCase() !== names[first]?.toLowerCase())
    .map(({ index, first }) => ({
      path: [index, textAt(entries[index], 'stackName') ? 'stackName' : 'name'],
      input: textAt(entries[index], 'stackName') ?? names[index],
      allowed: `one whose stack is not ${stacks[index]}: that is the stack of [${first}]`,
    }));
}

/**
 * Rules between the entries. `name` is the only dimension of the metrics, and two reconcilers of one group would undo each
 * other's work.
 */
export const between = [
  uniqueNames,
  once(['targetGroupArn'], (first) => `a group of its own: [${first}] keeps this one`),
  stackProblems,
  sharedEndpointProblems,
  markerProblems,
];

/** Rules between the fields of one entry. A rule finds nothing once it reads a refused value, so each reads little. */
export const within = [
  gatewayProblems,
  acceptanceProblems,
  addressFamilyProblems,
  databaseSideProblems,
  sharedServiceProblems,
  hostNameProblems,
  crossRegionProblems,
  groupProblems,
  alarmProblems,
  noticeProblems,
  portProblems,
  customEndpointProblems,
  endpointProblems,
  vpcProblems,
  existingEndpointProblems,
  sharedPlacementProblems,
  zoneProblems,
  subnetProblems,
  roleProblems,
  probePlaceProblems,
  probeGroupProblems,
  probeLoginProblems,
  probeEngineProblems,
  standbyProblems,
  standbyServiceProblems,
  locationProblems,
  accountProblems,
  idleSettingProblems,
  idleAlarmProblems,
  (entry: object) => repeatedProblems(entry),
];

/** Rules between the databases and the load balancers that they share. */
export const across = [sharedProblems];

/** Rules between the fields of a load balancer, and between load balancers. */
export const ofLoadBalancers = {
  within: [
    acceptanceProblems,
    addressFamilyProblems,
    zoneProblems,
    subnetProblems,
    roleProblems,
    locationProblems,
    (entry: object) => repeatedProblems(entry),
  ],
  between: [uniqueNames, stackProblems],
};

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readDatabases } from '../infra/config/databases.ts';
import {
  acknowledgedFindings,
  permissionReasons,
  resourcePolicyReasons,
} from '../infra/reconciler/permission-reasons.ts';
import { addDatabaseStacks } from '../infra/stacks/database-stack.ts';
import { arnPattern, type Resource, type Statement, shown, statementsOf, type Template } from './templates.ts';

/* Writes docs/security-review.md from the templates of all examples. A test holds it equal. */

const root = join(import.meta.dirname, '..');
const file = join(root, 'docs', 'security-review.md');

/** Every template that the examples give, by stack name. */
function templates(): readonly Template[] {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.json'));
  return examples.flatMap((example) => {
    const app = new App({ analyticsReporting: false, context, outdir: mkdtempSync(join(tmpdir(), 'review-')) });
    try {
      const stacks = addDatabaseStacks(app, readDatabases(join(root, 'examples', example)));
      const assembly = app.synth();
      return stacks.map(({ stackName }) => assembly.getStackByName(stackName).template as Template);
    } finally {
      rmSync(app.outdir, { recursive: true, force: true });
    }
  });
}

type Row = {
  readonly sid: string;
  readonly actions: string;
  readonly resources: Set<string>;
  readonly roles: Set<string>;
};

/** One row per statement id: what it allows or denies, on what, and which functions' roles have it. */
function permissionRows(all: readonly Template[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const template of all)
    for (const { statement, role } of statementsOf(template)) {
      const sid = statement.Sid ?? '(no id)';
      const actions =
        (statement.Effect === 'Deny' ? '**denied:** ' : '') + [statement.Action].flat().sort().join('<br>');
      const row = rows.get(sid) ?? { sid, actions, resources: new Set(), roles: new Set() };
      for (const resource of [statement.Resource].flat()) row.resources.add(arnPattern(resource, template));
      row.roles.add(role);
      rows.set(sid, row);
    }
  const order = Object.keys(permissionReasons);
  return [...rows.values()].sort((a, b) => order.indexOf(a.sid) - order.indexOf(b.sid));
}

const permissionLine = ({ sid, actions, resources, roles }: Row): string => {
  const reason = permissionReasons[sid];
  if (!reason) throw new Error(`the statement ${sid} has no reason in infra/reconciler/permission-reasons.ts`);
  const isWild = [...resources].some((resource) => resource.includes('*'));
  if (isWild !== (reason.wildcard !== undefined))
    throw new Error(
      `the statement ${sid} ${isWild ? 'has a wildcard and no reason for it' : 'has no wildcard, but a reason for one'}`,
    );
  const cells = [
    sid,
    actions,
    code(resources),
    [...roles].sort().join(', '),
    [reason.why, reason.wildcard].filter(Boolean).join(' '),
  ];
  return `| ${cells.join(' | ')} |`;
};

const code = (values: Iterable<string>): string =>
  [...values]
    .sort()
    .map((value) => `\`${value}\``)
    .join('<br>');

/** Who may use what the stack makes: resource policies and trust. */
function resourcePolicyLines(all: readonly Template[]): string[] {
  const resources = all.flatMap(({ Resources }) => Object.values(Resources));
  const of = (type: string) => resources.filter(({ Type }) => Type === type);
  const queue = of('AWS::SQS::QueuePolicy').flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement as Statement[],
  );
  const trust = of('AWS::IAM::Role').flatMap(
    ({ Properties }) => Properties.AssumeRolePolicyDocument.Statement as Statement[],
  );
  const isScheduler = ({ Principal }: Statement) => shown(Principal) === 'scheduler.amazonaws.com';
  const endpoints = of('AWS::EC2::VPCEndpoint').flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement as Statement[],
  );
  const line = (what: string, who: Iterable<string>, actions: Iterable<string>, why: string) =>
    `| ${what} | ${code(new Set(who))} | ${code(new Set(actions))} | ${why} |`;
  const parts = (statements: readonly Statement[]) =>
    [statements.map(({ Principal }) => shown(Principal)), statements.flatMap(({ Action }) => Action)] as const;
  const isDeny = ({ Effect }: Statement) => Effect === 'Deny';
  const invokers = (service: string) => {
    const permissions = of('AWS::Lambda::Permission').filter(({ Properties }) => Properties.Principal === service);
    return [
      permissions.map(({ Properties }: Resource) => shown(Properties.Principal)),
      permissions.map(({ Properties }: Resource) => shown(Properties.Action)),
    ] as const;
  };
  return [
    line('Dead-letter queue, without TLS: denied', ...parts(queue.filter(isDeny)), resourcePolicyReasons.queueTls),
    line(
      'Dead-letter queue, from a rule',
      ...parts(queue.filter((one) => !isDeny(one))),
      resourcePolicyReasons.queueRules,
    ),
    line('Functions, from a rule', ...invokers('events.amazonaws.com'), resourcePolicyReasons.invoke),
    line('Acceptance function, from a topic', ...invokers('sns.amazonaws.com'), resourcePolicyReasons.acceptance),
    line('Interface endpoints', ...parts(endpoints), resourcePolicyReasons.endpoints),
    line('Roles', ...parts(trust.filter((one) => !isScheduler(one))), resourcePolicyReasons.assume),
    line('Role of the schedule', ...parts(trust.filter(isScheduler)), resourcePolicyReasons.schedule),
  ];
}

/** The whole document. */
export function securityReview(): string {
  const all = templates();
  return `# Security review

Generated from the templates of all files in \`examples/\` by \`npm run docs\`; a test holds it equal. For your own file:
\`npx --no -- cdk synth STACK -c databases=FILE\` prints the template.

## What the functions may do

One statement per need. A stack has only those that its database, role and placement ask for. REGION and ACCOUNT are those of the
stack; names in capitals are its own resources.

| Statement | Actions | Resources | Functions | Why |
|---|---|---|---|---|
${permissionRows(all).map(permissionLine).join('\n')}

No action is a wildcard. Nothing can create or change a database, a load balancer, a role or a rule.

Without a \`probe\` no secret is read, and no function can log in to the database: only \`doctor\` opens a TCP connection to it, and says no more than the
first bytes of its protocol. With one the functions log in as the user that you created for it, and read whether they speak to the writer
([probe.md](probe.md) says as whom, and what a review will ask); with \`"login": "connect"\` they never do.

## Who may use what the stack makes

| What | Who | Actions | Why |
|---|---|---|---|
${resourcePolicyLines(all).join('\n')}

An endpoint service takes connection requests from \`allowedPrincipals\` only, and each waits for acceptance unless the file says
otherwise.

## What does not come from events

An event only says *check now*. Addresses come from the RDS API and DNS, the group and its ports from the configuration, and an address
outside \`allowedCidrs\`, one that is public, loopback or link-local, and with \`verifyInterfaces\` one of another network interface than the database's is never registered.

## Findings of cdk-nag (AwsSolutions) that stand

| Finding | Where | Why |
|---|---|---|
| AwsSolutions-IAM5 | roles | the wildcards of the first table, each with its reason there |
| AwsSolutions-ELB2 | load balancer | ${acknowledgedFindings.accessLogs} |
| AwsSolutions-SQS3 | dead-letter queue | ${acknowledgedFindings.deadLetterQueue} |

## A role of your own (\`roles.executionRoleArn\`)

It runs all functions of the stack. It needs the trust of the table above, the statements of the first table for your database, and
\`WriteLogs\` on \`arn:aws:logs:REGION:ACCOUNT:log-group:/aws/lambda/STACK-*:*\`.

Inside a VPC take \`LeaveNetworkInterfacesToLambda\` over as well, with its effect \`Deny\` and its condition
\`{"Null": {"lambda:SourceFunctionArn": "false"}}\`: without it the functions' code may change every network interface of the account and Region. Give the role
to no other function: its code could change the target group, and could no longer manage interfaces itself. To a role that a CDK app
passes as \`executionRole\`, and that it may change, all of this is added.

A permissions boundary (\`roles.permissionsBoundaryArn\`) has to allow all that the table allows, \`ManageNetworkInterfaces\` too; it grants nothing, and the
denial in the role's own policy holds whatever it says. A boundary or service control policy that denies Lambda these actions without
that condition stops the deployment inside a VPC.
`;
}

if (import.meta.main) writeFileSync(file, securityReview());

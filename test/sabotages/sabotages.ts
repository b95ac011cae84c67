/*
 * docs/security.md says what limits each threat. Here is, for each, a change that takes a defence out, and the test that has to fail
 * then. `npm run sabotages` plays them; test/security.test.ts holds that each threat has one and that each still fits the code.
 */

/** `from` stands in the file exactly once. */
export type Change = { readonly file: string; readonly from: string; readonly to: string };

export type Sabotage = Change & {
  /** The row of docs/security.md, by its first cell. */
  readonly threat: string;
  /** File and title of the test; `%s` stands for any text. */
  readonly test: readonly [file: string, title: string];
};

export const sabotages: readonly Sabotage[] = [
  {
    threat: 'Forged event, or a person who may invoke',
    file: 'lib/decision/writer.ts',
    from: 'const [reported] = writers;',
    to: 'const reported = topology.instances.find(({ id }) => id === input.named) ?? writers[0];',
    test: ['test/lib/decision/writer.test.ts', 'what an event says changes nothing unless the API says the same'],
  },
  {
    threat: 'Flood of events',
    file: 'infra/reconciler/event-pattern.ts',
    from: 'filter: { resources: arns }',
    to: 'filter: {}',
    test: [
      'test/infra/reconciler/event-pattern.test.ts',
      "let nothing through of another database, but for a cluster's instances, which only the topology knows",
    ],
  },
  {
    threat: 'Flood of events',
    file: 'lib/invocation.ts',
    from: "isPerhapsForeign ? { ...match.trigger, kind: 'check' }",
    to: 'isPerhapsForeign ? match.trigger',
    test: ['test/lib/memory/members.test.ts', 'is one pass and never a watch while the API %s'],
  },
  {
    threat: 'Flood of events',
    file: 'lib/memory/members.ts',
    from: 'if (ageMs < settleMs) {',
    to: 'if (ageMs < 0) {',
    test: [
      'test/simulation/print.test.ts',
      'within %i ms keeps each function for seconds in all, and no other database waiting',
    ],
  },
  {
    threat: 'Poisoned DNS answer',
    file: 'lib/observations/decision-input.ts',
    from: 'found.find(({ ip }) => !isAllowed(ip, allowedCidrs))',
    to: 'found.find(() => false)',
    test: ['test/lib/decision/writer.test.ts', 'is unknown when its address is %s'],
  },
  {
    threat: 'Poisoned DNS answer',
    file: 'lib/decision/writer.ts',
    from: 'endpoint && soleAddress(answers.get(endpoint.host)) === clusterIp',
    to: 'endpoint',
    test: ['test/lib/decision/writer.test.ts', 'is never a stable address that belongs to no member'],
  },
  {
    threat: 'Poisoned DNS answer',
    file: 'infra/endpoint-service/network-load-balancer.ts',
    from: 'allowAllOutbound: false',
    to: 'allowAllOutbound: true',
    test: [
      'test/infra/endpoint-service/database-endpoint-service.test.ts',
      'is opened on both sides when the security group of the database is given',
    ],
  },
  {
    threat: 'Poisoned DNS answer',
    file: 'lib/decision/verified.ts',
    from: "if (owner?.kind === 'other') {",
    to: "if (owner?.kind === 'nobody') {",
    test: ['test/lib/decision/verified.test.ts', 'never enters in a %s while it belongs to another: AddressNotOurs'],
  },
  {
    threat: 'Poisoned DNS answer',
    file: 'lib/observations/owners.ts',
    from: "requester === 'amazon-rds' && ",
    to: '',
    test: ['test/lib/observations/owners.test.ts', 'is told by its interface: %s'],
  },
  {
    threat: 'Poisoned DNS answer',
    file: 'lib/run/gather.ts',
    from: "before?.kind === 'other' && ",
    to: 'before && false && ',
    test: [
      'test/lib/decision/verified.test.ts',
      'stays out once EC2 has shown that it belongs to another, though EC2 is throttled then',
    ],
  },
  {
    threat: 'Poisoned DNS answer',
    file: 'infra/reconciler/target-reconciler-props.ts',
    from: 'return [vpc.vpcCidrBlock];',
    to: 'return undefined;',
    test: [
      'test/infra/reconciler/environment.test.ts',
      'allows the range of the VPC that is given, else every private address with a warning',
    ],
  },
  {
    threat: 'RDS API that is throttled on purpose',
    file: 'lib/decision/verified.ts',
    from: '|| !open) return plan;',
    to: '|| open || !open) return plan;',
    test: ['test/lib/decision/verified.test.ts', 'is changed by DNS alone in no way where the address %s'],
  },
  {
    threat: 'DNS that answers nonsense, or nothing',
    file: 'lib/decision/plan.ts',
    from: "if (desired.kind === 'hold') return desired;",
    to: "if (desired.kind === 'hold') return plan({ kind: 'targets', targets: [], evidence: { complete: true, since: 0 } }, observed, policy);",
    test: ['test/lib/decision/plan.test.ts', 'an unknown writer changes nothing, whatever the group holds'],
  },
  {
    threat: 'DNS that answers nonsense, or nothing',
    file: 'lib/observations/decision-input.ts',
    from: 'found.length > mostAddresses',
    to: 'found.length > 1_000_000',
    test: ['test/lib/observations/sampling.test.ts', 'costs less than 300 ms of CPU and changes nothing: %s'],
  },
  {
    threat: 'Hijacked reply of the RDS API',
    file: 'lib/observations/decision-input.ts',
    from: 'port: database.port ?? port ?? observedPort',
    to: 'port: port ?? database.port ?? observedPort',
    test: ['test/lib/run/reconcile.test.ts', 'that names another port is overruled by one that was set'],
  },
  {
    threat: 'Reply of the RDS API that is no reply, or has no end',
    file: 'lib/adapters/own-reply.ts',
    from: 'body.destroy(late)',
    to: 'undefined',
    test: ['test/lib/adapters/own-reply.test.ts', 'has its time, however often a byte comes'],
  },
  {
    threat: 'Reply of the RDS API that is no reply, or has no end',
    file: 'lib/adapters/own-reply.ts',
    from: 'if (length > mostBytes)',
    to: 'if (length > 8 * mostBytes)',
    test: ['test/lib/adapters/own-reply.test.ts', 'has two megabytes at most, and is cut there'],
  },
  {
    threat: 'Reply of the RDS API that is no reply, or has no end',
    file: 'lib/adapters/own-reply.ts',
    from: '!isResult(text, action)',
    to: 'false',
    test: ['test/lib/adapters/own-reply.test.ts', 'that is none is shown, harmless and in part'],
  },
  {
    threat: 'Reply of the RDS API that is no reply, or has no end',
    file: 'lib/adapters/own-reply.ts',
    from: 'withoutPause(response.headers)',
    to: 'response.headers',
    test: ['test/lib/adapters/own-reply.test.ts', 'does not say how long the next attempt waits (status %i, %s: %s)'],
  },
  {
    threat: 'Hijacked reply of the ELBv2 API',
    file: 'lib/adapters/elbv2-target-group.ts',
    from: 'if (count > mostTargets)',
    to: 'if (count > 100 * mostTargets)',
    test: [
      'test/lib/adapters/elbv2-target-group.test.ts',
      'holds a thousand targets at most, and any number that is draining',
    ],
  },
  {
    threat: 'Hijacked reply of the ELBv2 API',
    file: 'lib/run/apply.ts',
    from: 'if (!isReplaced(state, deregister)) {',
    to: 'if (Math.random() > 1) {',
    test: ['test/lib/observations/proof.test.ts', 'and does not do never costs the group its target: %s'],
  },
  {
    threat: 'Leaked role of a function',
    file: 'infra/reconciler/permissions.ts',
    from: '[needs.targetGroupArn],',
    to: "['*'],",
    test: ['test/infra/reconciler/permissions.test.ts', 'that follow %s are these and no others'],
  },
  {
    threat: 'Leaked role of a function',
    file: 'infra/reconciler/permissions.ts',
    from: '...(needs.observeOnly',
    to: '...(needs.observeOnly && false',
    test: ['test/infra/reconciler/permissions.test.ts', 'that follow %s are these and no others'],
  },
  {
    threat: 'Leaked role of a function',
    file: 'infra/reconciler/function.ts',
    from: "assumedBy: new ServicePrincipal('lambda.amazonaws.com')",
    to: "assumedBy: new ServicePrincipal('ec2.amazonaws.com')",
    test: [
      'test/infra/reconciler/permissions.test.ts',
      'hold only for Lambda, but for those of the schedule, which hold for its group alone',
    ],
  },
  {
    threat: 'Leaked role of a function inside a VPC',
    file: 'infra/reconciler/permissions.ts',
    from: 'effect: Effect.DENY',
    to: 'effect: Effect.ALLOW',
    test: [
      'test/infra/reconciler/permissions.test.ts',
      'inside a VPC change an interface for Lambda alone, and not for the code of a function',
    ],
  },
  {
    threat: 'Hostile consumer of the endpoint service',
    file: 'infra/endpoint-service/database-endpoint-service.ts',
    from: 'props.acceptanceRequired ?? true',
    to: 'props.acceptanceRequired ?? false',
    test: [
      'test/infra/endpoint-service/database-endpoint-service.test.ts',
      'offers the load balancer and asks before it connects anybody',
    ],
  },
  {
    threat: 'Consumer of a shared database',
    file: 'infra/resource-gateway/database-resource-gateway.ts',
    from: 'allowAssociationToSharableServiceNetwork: false',
    to: 'allowAssociationToSharableServiceNetwork: true',
    test: [
      'test/infra/resource-gateway/database-resource-gateway.test.ts',
      'cannot be shared on by a consumer, through a service network of its own',
    ],
  },
  {
    threat: 'Forged notification, a flood of requests, or a person who may invoke the acceptance function',
    file: 'infra/endpoint-service/automatic-acceptance.ts',
    from: 'reservedConcurrentExecutions: props.reservedConcurrentExecutions',
    to: '',
    test: [
      'test/infra/endpoint-service/automatic-acceptance.test.ts',
      'is held to the concurrency of the functions, which are not held to any by default',
    ],
  },
  {
    threat: 'Forged notification, a flood of requests, or a person who may invoke the acceptance function',
    file: 'functions/acceptance/handler.ts',
    from: 'accounts.includes(account)',
    to: "account !== ''",
    test: [
      'test/functions/acceptance/handler.test.ts',
      'never lets a message choose: what it names is not accepted unless EC2 says that a listed account asks',
    ],
  },
  {
    threat: 'Endpoint that is deleted while it is being accepted',
    file: 'functions/acceptance/handler.ts',
    from: 'filter(([endpoint]) => isPending.has(endpoint))',
    to: 'filter(() => true)',
    test: [
      'test/functions/acceptance/handler.test.ts',
      'accepts the others of a call where an endpoint is %s meanwhile, and fails nothing',
    ],
  },
  {
    threat: 'Endpoint that is deleted while it is being accepted',
    file: 'functions/acceptance/handler.ts',
    from: "if (!(error instanceof EC2ServiceException) || fault.code !== 'Unexpected') throw fault;",
    to: 'throw fault;',
    test: [
      'test/functions/acceptance/handler.test.ts',
      'accepts the others where EC2 refuses the whole call because of one that is gone',
    ],
  },
  {
    threat: 'Endpoint that is deleted while it is being accepted',
    file: 'functions/acceptance/handler.ts',
    from: '...report, refused }',
    to: '...report }',
    test: [
      'test/functions/acceptance/handler.test.ts',
      'tells in its log whom it accepted and whom it left waiting, also where it then throws',
    ],
  },
  {
    threat: 'Person who may invoke the registration function',
    file: 'functions/registration/cloudformation.ts',
    from: 'if (url && isBucket)',
    to: 'if (url)',
    test: [
      'test/functions/registration/handler.test.ts',
      'asks nothing of the drift function when the answer would go elsewhere',
    ],
  },
  {
    threat: 'Person who may invoke the registration function',
    file: 'functions/registration/cloudformation.ts',
    from: "redirect: 'error'",
    to: "redirect: 'follow'",
    test: ['test/functions/registration/handler.test.ts', 'follows no redirect with its answer'],
  },
  {
    threat: 'Person who may invoke the registration function',
    file: 'functions/registration/cloudformation.ts',
    from: '}/`',
    to: '}`',
    test: ['test/functions/registration/handler.test.ts', 'no address %s'],
  },
  {
    threat: 'Hostile target registered beside ours',
    file: 'lib/decision/plan.ts',
    from: 'live.filter((target) => !rightful.has(targetKey(target)))',
    to: 'live.filter(() => false)',
    test: ['test/lib/run/reconcile.test.ts', 'beside the writer of a(n) %s is removed by the next check'],
  },
  {
    threat: 'Address that a name with rotating answers showed once',
    file: 'lib/memory/shown.ts',
    from: 'shown.absent.delete(ip);\n    }',
    to: 'shown.absent.clear();\n    }',
    test: [
      'test/lib/memory/shown.test.ts',
      'for an hour is drift that does not end, and is named by checks, status and doctor; it stays',
    ],
  },
  {
    threat: 'Address that a name with rotating answers showed once',
    file: 'lib/memory/shown.ts',
    from: 'Math.min(ttlMs, hourMs(timings))',
    to: 'ttlMs',
    test: [
      'test/lib/memory/shown.test.ts',
      'is found in time though the answer that showed it asked to be kept for weeks',
    ],
  },
  {
    threat: 'Wrong configuration',
    file: 'infra/config/database-rules.ts',
    from: "once(['targetGroupArn'],",
    to: "once(['none'],",
    test: ['test/infra/config/databases.test.ts', 'lets no two reconcilers keep one group'],
  },
  {
    threat: 'Hostile words in what is shown',
    file: 'cli/terminal/styles.ts',
    from: 'visible(part.slice(code.length))',
    to: 'part.slice(code.length)',
    test: ['test/fuzz/terminal.test.ts', 'never reach the terminal as they came: %s'],
  },
  {
    threat: 'Hostile words in what is shown',
    file: 'cli/terminal/styles.ts',
    from: 'secret};`',
    to: "''}`",
    test: ['test/fuzz/terminal.test.ts', 'style nothing, though the command itself does'],
  },
  {
    threat: 'Hostile words in what is shown',
    file: 'cli/drill/report/html.ts',
    from: 'visible(text)',
    to: 'text',
    test: [
      'test/fuzz/terminal.test.ts',
      'in the record of a drill reach neither the terminal, nor its page, nor its JSON as they came',
    ],
  },
  {
    threat: 'Hostile words in what is shown',
    file: 'lib/adapters/telemetry.ts',
    from: 'jsonReplacerFn: inLog',
    to: 'jsonReplacerFn: (_key, value) => value',
    test: [
      'test/lib/adapters/telemetry.test.ts',
      'shows what others said without what controls a terminal, also in what a fault was caused by',
    ],
  },
  {
    threat: 'Hostile words in what is shown',
    file: 'functions/invoke.ts',
    from: 'allVisible(told.report)',
    to: 'told.report',
    test: ['test/functions/invoke.test.ts', 'returns and logs what others said without what controls a terminal'],
  },
  {
    threat: 'Hostile words in what is shown',
    file: 'functions/registration/handler.ts',
    from: 'told && visible(told)',
    to: 'told',
    test: [
      'test/functions/registration/handler.test.ts',
      'tells CloudFormation no control and no mark that a reply brought along',
    ],
  },
  {
    threat: 'A report in the place of another file',
    file: 'cli/drill/files.ts',
    from: '!(await isRecord(json))',
    to: 'false',
    test: ['test/cli/drill/files.test.ts', 'never replaces or follows %s'],
  },
  {
    threat: 'A report in the place of another file',
    file: 'cli/drill/files.ts',
    from: 'await rename(whole, path)',
    to: 'await writeFile(path, text)',
    test: [
      'test/cli/drill/files.test.ts',
      'follows no link that takes the place of its page, which was %s, while it is drawn',
    ],
  },
  {
    threat: 'A report in the place of another file',
    file: 'cli/drill/files.ts',
    from: "return writeFile(path, text, { flag: 'wx' })",
    to: 'return writeFile(path, text)',
    test: [
      'test/cli/drill/files.test.ts',
      'follows no link that takes the place of its page, which was %s, while it is drawn',
    ],
  },
  {
    threat: 'A report in the place of another file',
    file: 'cli/drill/files.ts',
    from: "replace(/[^A-Za-z0-9._-]+/g, '-')",
    to: 'trim()',
    test: ['test/cli/drill/files.test.ts', 'without a name is called after the database, and stays in its directory'],
  },
  {
    threat: 'Server that poses as the database to the drill',
    file: 'cli/drill/clients/postgres.ts',
    from: 'checkServerIdentity(trust.serverName ?? databaseHost, certificate)',
    to: 'undefined',
    test: ['test/cli/drill/clients/choose.test.ts', 'is not sent to a server %s'],
  },
  {
    threat: 'Server that poses as the database to the drill',
    file: 'cli/drill/clients/postgres.ts',
    from: 'rejectUnauthorized: true,',
    to: '',
    test: ['test/cli/drill/clients/choose.test.ts', 'is verified whatever the connection string says of TLS: %s'],
  },
  {
    threat: 'Server that poses as the database to the drill',
    file: 'cli/drill/clients/mysql.ts',
    from: 'verifyIdentity: true',
    to: 'verifyIdentity: false',
    test: ['test/cli/drill/clients/choose.test.ts', 'is not sent to a server %s'],
  },
  {
    threat: 'Server that poses as the database to the drill',
    file: 'cli/drill/clients/choose.ts',
    from: '|ssl.*|uselibpqcompat',
    to: '|ssl|uselibpqcompat',
    test: ['test/cli/drill/clients/choose.test.ts', 'is verified whatever the connection string says of TLS: %s'],
  },
  {
    threat: 'Server that poses as the database to the drill',
    file: 'cli/drill/clients/mysql.ts',
    from: "flags: ['-LOCAL_FILES'],",
    to: '',
    test: ['test/cli/drill/clients/choose.test.ts', 'that asks for a file of this machine gets none (unverified: %j)'],
  },
  {
    threat: 'Another user of the machine that runs the sandbox',
    file: 'sandbox/data-plane/postgres/data-directory.ts',
    from: '`hostssl all all 127.0.0.1/32 scram-sha-256',
    to: '`hostssl all all 127.0.0.1/32 trust',
    test: ['test/sandbox/data-plane/postgres/engine.test.ts', 'a login %s is refused, on this machine too'],
  },
  {
    threat: 'Another user of the machine that runs the sandbox',
    file: 'sandbox/data-plane/postgres/data-directory.ts',
    from: '} 127.0.0.1/32 scram-sha-256',
    to: '} 127.0.0.1/32 trust',
    test: ['test/sandbox/data-plane/postgres/engine.test.ts', 'a login %s is refused, on this machine too'],
  },
  {
    threat: 'Another user of the machine that runs the sandbox',
    file: 'sandbox/aws/lambda/configuration.ts',
    from: 'if (unknown.length > 0)',
    to: 'if (false)',
    test: [
      'test/sandbox/aws/lambda/lambda-api.test.ts',
      'gives no function a variable that decides which program runs: %s',
    ],
  },
  {
    threat: 'Another user of the machine that runs the sandbox',
    file: 'sandbox/data-plane/postgres/access.ts',
    from: 'rejectUnauthorized: true,',
    to: 'rejectUnauthorized: false,',
    test: [
      'test/sandbox/data-plane/postgres/engine.test.ts',
      'a stranger at the port of a dead host is not told the password',
    ],
  },
  {
    threat: 'Another user of the machine that runs the sandbox',
    file: 'sandbox/data-plane/postgres/server.ts',
    from: 'env: ENGINE_ENVIRONMENT,',
    to: 'env: { ...ENGINE_ENVIRONMENT, PGPASSWORD: String(connection.password) },',
    test: [
      'test/sandbox/data-plane/postgres/engine.test.ts',
      'the password is in a file of the engine alone, and in no argument, environment, log or journal',
    ],
  },
  {
    threat: 'A dependency that turns hostile',
    file: 'package-lock.json',
    from: '"node_modules/zod": {',
    to: '"node_modules/stranger": { "version": "1.0.0" }, "node_modules/zod": {',
    test: ['test/security.test.ts', 'has a hash for every package, or for the one that brings it along'],
  },
];

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RDSClient } from '@aws-sdk/client-rds';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { saveRecord } from '../../cli/drill/files.ts';
import type { DrillRecord } from '../../cli/drill/record.ts';
import { resultLines } from '../../cli/drill/text.ts';
import { table } from '../../cli/terminal/text.ts';
import { mysqlError, mysqlGreeting, postgresError } from '../cli/connect-check/rig.ts';
import { busyRecord } from '../cli/drill/example-record.ts';
import { outsideOf, runHere } from '../cli/terminal.ts';
import { character, runs, timeout } from './inputs.ts';

/* Every word that a command reads from elsewhere may be an adversary's: none of it reaches the terminal as it came. */

const home = mkdtempSync(join(tmpdir(), 'hostile-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What clears the screen, sets the clipboard, begins a line, and shows text in another order or not at all. */
const pieces = [
  'a\nFORGED in sync',
  'a\r\nFORGED',
  'a\u2028FORGED',
  'a\u0085FORGED',
  '\u001b[2J\u001b[H',
  '\u001b[32m',
  '\u001b]52;c;ZXZpbA==\u0007',
  '\u001b]8;;https://evil.example\u001b\\',
  '\u009b2J',
  '\u0000\b\t\u007f',
  '\u061c\u200e\u202e\u2066',
  '\u200b\u2060\ufeff\u00ad\u{e0041}',
  '<script>alert(1)</script>',
  ' ',
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: character, maxLength: 8 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((some) => some.join(''));

/** Of each text in what AWS sends: as it should be, with something behind it, or something else. */
const fates = fc.infiniteStream(fc.constantFrom('kept', 'kept', 'kept', 'kept', 'continued', 'replaced'));
type Fates = Iterator<string>;

function poisoned(value: unknown, fate: Fates, text: string): unknown {
  if (typeof value === 'string') {
    const { value: what } = fate.next();
    return what === 'kept' ? value : what === 'continued' ? value + text : text;
  }
  if (Array.isArray(value)) return value.map((one) => poisoned(one, fate, text));
  if (value?.constructor !== Object) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, closed.has(key) && isKept(fate) ? one : poisoned(one, fate, text)]),
  );
}

/** Of a few words each: with another one a report is none, and little of it is shown. */
const closed = new Set(['outcome', 'result']);
const isKept = (fate: Fates) => fate.next().value !== 'replaced';

/** Neither a control but a newline that is ours, nor a mark that shows nothing; no line that begins as others wanted. */
function expectClean(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(text).not.toMatch(/[\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/u);
  expect(text).not.toMatch(/^FORGED/m);
}

const now = new Date();
const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';
const functionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:orders-drift';
const vpce = 'vpce-0123456789abcdef0';
const service = 'vpce-svc-0123456789abcdef0';

const report = {
  database: 'orders',
  trigger: { kind: 'event', eventId: 'RDS-EVENT-0013' },
  outcome: 'held',
  reason: 'NoWriter',
  detail: 'the API says nothing; DNS leads elsewhere',
  writer: { instanceId: 'orders-1', address: '10.0.1.10', port: 5432 },
  registered: ['10.0.1.10:5432'],
  deregistered: ['10.0.2.10:5432'],
  stale: ['10.0.2.10:5432'],
  plan: { kind: 'change', register: ['10.0.1.10:5432'], deregister: ['10.0.2.10:5432'] },
  targets: [
    { target: '10.0.1.10:5432', state: 'unhealthy', reason: 'Target.Timeout' },
    { target: '10.0.2.10:5432', state: 'healthy', override: 'zonal_shift_active' },
  ],
  checks: [
    { check: 'group-type', result: 'failed', detail: 'ip', meaning: 'm', failure: 'f', remedy: 'r' },
    { check: 'alarms', result: 'not-checked', detail: 'grant cloudwatch:DescribeAlarms', meaning: 'm', remedy: 'r' },
  ],
  passes: 1,
  durationMs: 5,
  pausedUntil: '2036-01-01T00:00:00Z',
};

/** What AWS sends, by the command; `json`: a text that is JSON itself. */
const replies: Readonly<Record<string, object>> = {
  InvokeCommand: { json: report },
  GetFunctionConfigurationCommand: {
    FunctionArn: functionArn,
    RevisionId: '1',
    LastUpdateStatus: 'Successful',
    LastUpdateStatusReason: 'because',
    Environment: {
      Variables: {
        DATABASE_NAME: 'orders',
        DATABASE_KIND: 'instance',
        DATABASE_ID: 'orders',
        TARGET_GROUP_ARN: arn,
        DNS_SERVERS: '127.0.0.1:9',
        SETTLE_SECONDS: '1',
      },
    },
  },
  DescribeDBInstancesCommand: {
    DBInstances: [
      {
        DBInstanceIdentifier: 'orders',
        DBInstanceStatus: 'available',
        MultiAZ: false,
        Engine: 'postgres',
        EngineVersion: '17.5',
        DBInstanceClass: 'db.r7g.large',
        Endpoint: { Address: 'orders.abc.eu-central-1.rds.amazonaws.com', Port: 5432 },
      },
    ],
  },
  DescribeEventsCommand: {
    Events: [
      {
        Date: now,
        Message: 'Multi-AZ instance failover started.',
        SourceIdentifier: 'orders',
        EventCategories: ['failover'],
      },
    ],
  },
  FilterLogEventsCommand: {
    events: [
      { timestamp: +now, logStreamName: 'a', json: { level: 'INFO', ...report } },
      { timestamp: +now, logStreamName: 'a', json: { level: 'ERROR', message: 'the API is down' } },
      { timestamp: +now, logStreamName: 'a', message: 'Task timed out after 3.00 seconds' },
    ],
  },
  DescribeTargetGroupsCommand: {
    TargetGroups: [
      { TargetGroupArn: arn, LoadBalancerArns: ['lb'], TargetType: 'ip', Protocol: 'TCP', VpcId: 'vpc-1' },
    ],
  },
  DescribeLoadBalancersCommand: { LoadBalancers: [{ LoadBalancerArn: 'lb', DNSName: '127.0.0.1' }] },
  DescribeListenersCommand: { Listeners: [{ Port: 9, DefaultActions: [{ TargetGroupArn: arn }] }] },
  DescribeTargetHealthCommand: {
    TargetHealthDescriptions: [
      { Target: { Id: '10.0.1.10', Port: 5432 }, TargetHealth: { State: 'unhealthy', Reason: 'Target.Timeout' } },
    ],
  },
  DescribeVpcEndpointServiceConfigurationsCommand: {
    ServiceConfigurations: [{ ServiceId: service, ServiceName: `com.amazonaws.${service}`, AcceptanceRequired: true }],
  },
  DescribeVpcEndpointConnectionsCommand: {
    VpcEndpointConnections: [
      {
        VpcEndpointId: vpce,
        VpcEndpointOwner: '444455556666',
        VpcEndpointState: 'pendingAcceptance',
        CreationTimestamp: now,
      },
    ],
  },
  DescribeVpcEndpointServicePermissionsCommand: {
    AllowedPrincipals: [{ Principal: 'arn:aws:iam::444455556666:root' }],
  },
  AcceptVpcEndpointConnectionsCommand: {
    Unsuccessful: [{ ResourceId: vpce, Error: { Code: 'InvalidState', Message: 'it is rejected' } }],
  },
  DescribeVpcEndpointsCommand: {
    VpcEndpoints: [
      {
        VpcEndpointId: vpce,
        VpcEndpointType: 'Interface',
        State: 'failed',
        ServiceName: `com.amazonaws.${service}`,
        Groups: [{ GroupId: 'sg-1' }],
        DnsEntries: [{ DnsName: '127.0.0.1' }],
        LastError: { Code: 'c', Message: 'm' },
      },
    ],
  },
};

const fault = { name: 'InvalidThing', message: 'it is not so', code: 'EINVALID', hostname: 'rds.amazonaws.com' };
const functionFault = { errorType: 'ReconcileError', errorMessage: 'it failed. Next: read on.' };

type Draw = { readonly text: string; readonly fate: Fates; readonly failing?: number };

/** All clients of AWS answer like this; the call of that number is refused, and a function of that number fails. */
function answerWith({ text, fate, failing = -1 }: Draw): void {
  let number = 0;
  const asText = (value: unknown) => poisoned(value, fate, text) as Record<string, never>;
  vi.spyOn(Object.getPrototypeOf(RDSClient.prototype), 'send').mockImplementation(async (command) => {
    const { name } = (command as object).constructor;
    const isFailing = number++ === failing;
    if (isFailing && name !== 'InvokeCommand') throw Object.assign(new Error(), asText(fault));
    if (name === 'InvokeCommand') {
      const payload = JSON.stringify(asText(isFailing ? functionFault : report));
      const more = isFailing ? { FunctionError: 'Unhandled' } : {};
      return { ...more, Payload: { transformToString: () => payload } };
    }
    const reply = asText(replies[name] ?? {});
    const events = reply.events as readonly { json?: unknown; message?: string }[] | undefined;
    return {
      ...reply,
      ...(events
        ? { events: events.map(({ json, ...one }) => (json ? { ...one, message: JSON.stringify(json) } : one)) }
        : {}),
    };
  });
}

beforeEach(() => void vi.stubEnv('AWS_REGION', 'eu-central-1'));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const drawn = { text: hostile, fate: fates, failing: fc.nat(8) };

describe('hostile words in a reply of AWS', { timeout }, () => {
  const ofFunction = '--function orders-drift';
  const ofFile = `--databases ${join(import.meta.dirname, '../../examples/multi-az-instance.json')}`;
  test.each([
    `status ${ofFunction}`,
    `status ${ofFunction} --json`,
    `status ${ofFunction} --local`,
    `status ${ofFile}`,
    `plan ${ofFunction}`,
    `plan ${ofFunction} --local --json`,
    `resync ${ofFunction}`,
    `resync ${ofFunction} --json`,
    `doctor ${ofFunction}`,
    `doctor ${ofFunction} --json`,
    `doctor ${ofFunction} --local`,
    `pause ${ofFunction} --for 1h`,
    `resume ${ofFunction}`,
    `events ${ofFunction}`,
    `events ${ofFunction} --json`,
    `drill ${ofFunction} --yes orders`,
    `connections ${ofFile}`,
    `connections --service ${service}`,
    `connections --service ${service} --json`,
    `connections --service ${service} accept 444455556666`,
    `connect-check 127.0.0.1 9 --endpoint-id ${vpce}`,
    `connect-check 127.0.0.1 9 --endpoint-id ${vpce} --json`,
  ])('never reach the terminal as they came: %s', async (line) => {
    const args = line.split(' ');
    let shown = 0;
    await fc.assert(
      fc.asyncProperty(fc.record(drawn), async (draw) => {
        answerWith(draw);
        const { out, err } = await runHere(args, { AWS_REGION: 'eu-central-1' });
        expectClean(out);
        expectClean(err);
        if (args.includes('--json') && out) JSON.parse(out);
        if (/FORGED/.test(out + err)) shown += 1;
      }),
      runs(40),
    );
    // Otherwise nothing was tried.
    expect(shown).toBeGreaterThan(0);
  });
});

describe('hostile words of a server', { timeout }, () => {
  let words: Buffer = Buffer.alloc(0);
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(words));
    socket.write(words);
  });
  afterAll(() => server.close());

  test.each([
    ['mysql', mysqlGreeting],
    ['mysql', (text: string) => mysqlError(1129, text)],
    ['postgres', postgresError],
    ['postgres', (text: string) => Buffer.from(text)],
  ] as const)('that should speak %s never reach the terminal as they came: %#', async (protocol, wordsOf) => {
    if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await fc.assert(
      fc.asyncProperty(hostile, fc.boolean(), async (text, json) => {
        words = wordsOf(text.replaceAll('\0', ''));
        const how = ['--protocol', protocol, '--timeout', '0.5', ...(json ? ['--json'] : [])];
        const { out, err } = await runHere(['connect-check', '127.0.0.1', String(port), ...how]);
        expectClean(out);
        expectClean(err);
        if (json) JSON.parse(out);
      }),
      runs(40),
    );
  });
});

describe('hostile words', { timeout }, () => {
  test('in databases.json and in the command line never reach the terminal as they came', async () => {
    const file = join(home, 'databases.json');
    await fc.assert(
      fc.asyncProperty(hostile, fates, async (text, fate) => {
        const entry = { name: 'orders', database: { kind: 'instance', id: 'orders' }, [text]: text };
        writeFileSync(file, JSON.stringify([poisoned(entry, fate, text)]));
        const { out, err } = await runHere(['status', text.replace(/^-+/, ''), '--databases', file]);
        expectClean(out);
        expectClean(err);
      }),
      runs(100),
    );
  });

  /** What the drill chooses itself: its kinds, and the steps' names. */
  const own = new Set(['kind', 'probe', 'place', 'outcome', 'result', 'name']);
  const poisonedRecord = (fate: Fates, text: string) =>
    JSON.parse(JSON.stringify(busyRecord()), (key, value) =>
      own.has(key) ? value : typeof value === 'string' ? poisoned(value, fate, text) : value,
    ) as DrillRecord;

  test('in the record of a drill reach neither the terminal, nor its page, nor its JSON as they came', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, fates, fc.boolean(), async (text, fate, isTty) => {
        const record = poisonedRecord(fate, text);
        const { io, ended } = outsideOf({ NO_COLOR: '1' }, isTty);
        io.out(resultLines(record, io));
        expectClean(ended().out);
        const files = await saveRecord(record, join(home, 'drill.html'));
        const [html, json] = [readFileSync(files.html, 'utf8'), readFileSync(files.json, 'utf8')];
        expectClean(html);
        expect(html).not.toContain('<script');
        expectClean(json);
        expect(JSON.parse(json)).toEqual(record);
      }),
      runs(60),
    );
  });

  test('are asked and shown while work goes on without a control of theirs', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { io, ended } = outsideOf({ NO_COLOR: '1' }, true);
        void io.ask(['This fails it over.', `Type ${text}: `]).catch(() => {});
        io.status(text);
        io.redraw(text);
        const { out, err } = ended();
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what readline and the redraws write themselves.
        const ours = /\u001b\[(?:H|2J|2K|\d+G|1G|0J|J)|\r/g;
        expectClean(out.replace(ours, ''));
        expectClean(err.replace(ours, ''));
      }),
      runs(100),
    );
  });

  test('style nothing, though the command itself does', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { io, ended } = outsideOf({ FORCE_COLOR: '1' });
        io.out(table([[io.colour.red(text), io.colour.bold('state'), text]], io.width, io.colour.green));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters.
        const styles = ended().out.match(/\u001b\[\d+m/g) ?? [];
        expect(new Set(styles).size).toBeLessThanOrEqual(5);
        expect(styles.length % 2).toBe(0);
      }),
      runs(100),
    );
  });
});

import fc from 'fast-check';
import type { Reply } from './api-rig.ts';
import { hostileText, mangled } from './inputs.ts';

/* Replies of the RDS and ELBv2 APIs: right ones, and everything else that can come instead. */

const rds = 'http://rds.amazonaws.com/doc/2014-10-31/';
export const elbv2Namespace = 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/';

export const wrap = (action: string, namespace: string, content: string): string =>
  `<${action}Response xmlns="${namespace}"><${action}Result>${content}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`;

const instanceXml = (id: string): string =>
  `<DBInstance><DBInstanceIdentifier>${id}</DBInstanceIdentifier><DBInstanceStatus>available</DBInstanceStatus><Endpoint><Address>${id}.example.eu-central-1.rds.amazonaws.com</Address><Port>5432</Port></Endpoint></DBInstance>`;
const memberXml = (id: string, isWriter: boolean): string =>
  `<DBClusterMember><DBInstanceIdentifier>${id}</DBInstanceIdentifier><IsClusterWriter>${isWriter}</IsClusterWriter></DBClusterMember>`;
const targetXml = (ip: string): string =>
  `<member><Target><Id>${ip}</Id><Port>5432</Port></Target><TargetHealth><State>healthy</State></TargetHealth></member>`;

/** A group that holds these addresses. */
export function groupXml(ips: readonly string[]): string {
  const targets = ips.map(targetXml).join('');
  return wrap(
    'DescribeTargetHealth',
    elbv2Namespace,
    `<TargetHealthDescriptions>${targets}</TargetHealthDescriptions>`,
  );
}

/** What AWS would say: orders-2 at 10.0.2.10 is the writer, and the group holds 10.0.1.10. */
export const right: Readonly<Record<string, string>> = {
  DescribeDBInstances: wrap(
    'DescribeDBInstances',
    rds,
    `<DBInstances>${instanceXml('orders-2')}${instanceXml('orders-1')}</DBInstances>`,
  ),
  DescribeDBClusters: wrap(
    'DescribeDBClusters',
    rds,
    `<DBClusters><DBCluster><Endpoint>orders.cluster-example.eu-central-1.rds.amazonaws.com</Endpoint><Port>5432</Port><DBClusterMembers>${memberXml('orders-1', false)}${memberXml('orders-2', true)}</DBClusterMembers></DBCluster></DBClusters>`,
  ),
  DescribeTargetHealth: groupXml(['10.0.1.10']),
};

/** What AWS says to a change that it accepts. */
export const accepted: Readonly<Record<string, string>> = {
  RegisterTargets: wrap('RegisterTargets', elbv2Namespace, ''),
  DeregisterTargets: wrap('DeregisterTargets', elbv2Namespace, ''),
};

const rightTexts = fc.constantFrom(...Object.values(right));

/** No reply of the API at all: nothing in it may be taken for one. */
export const junk: fc.Arbitrary<string> = fc.oneof(
  hostileText,
  fc.constantFrom(
    '',
    '<html><body><h1>It works!</h1></body></html>',
    '{"__type":"x"}',
    '<a',
    '<?xml version="1.0"?>',
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><r>&c;&c;&c;&c;</r>',
    '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
    `${'<a>'.repeat(3000)}${'</a>'.repeat(3000)}`,
    '<a>'.repeat(3000),
    '\ufeff<r/>',
    '<r>\0</r>',
  ),
);

const exchanges: readonly (readonly [RegExp, string])[] = [
  [/xmlns="[^"]*"/, 'xmlns="http://books.example/"'],
  [/<(\/?)DescribeDB/g, '<$1x:DescribeDB'],
  [/<Port>5432/g, '<Port>'],
  [/<Port>5432/g, '<Port>many'],
  [/<Port>5432/g, '<Port>-1'],
  [/<Port>5432/g, '<Port>70000'],
  [/<Port>5432/g, '<Port>9007199254740993'],
  [/<Id>10.0.1.10/g, '<Id>'],
  [/<Id>10.0.1.10/g, '<Id>not an address'],
  [/<State>healthy/g, '<State>splendid'],
  [/<IsClusterWriter>true/g, '<IsClusterWriter>maybe'],
  [/<IsClusterWriter>false/g, '<IsClusterWriter>true'],
  [/<Address>[^<]*/g, '<Address>evil.example.com'],
  [/<DBInstanceIdentifier>[^<]*/g, '<DBInstanceIdentifier>'],
  [/<DBInstances>.*<\/DBInstances>/, '<DBInstances>text</DBInstances>'],
  [/<Endpoint>/, '<Endpoint/><Endpoint>'],
  [/<Target>.*?<\/Target>/g, '<Target/>'],
  [/<RequestId>r/, '<RequestId>'],
  [/<(\/?)\w+Result>/g, '<$1Other>'],
  [/RegisterTargets/g, 'ModifyTargetGroup'],
  [/^/, '<html>'],
  [/$/, '</html>'],
  [/(<member>.*<\/member>)/, '$1'.repeat(500)],
  [/(<DBInstance>.*<\/DBInstance>)/, '$1'.repeat(300)],
];

/** A right reply with one thing changed. */
export const altered = (text: fc.Arbitrary<string> = rightTexts): fc.Arbitrary<string> =>
  fc.oneof(
    mangled(text),
    fc.tuple(text, fc.constantFrom(...exchanges)).map(([whole, [from, to]]) => whole.replace(from, to)),
    fc
      .tuple(text, fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([whole, part]) => whole.slice(0, Math.floor(whole.length * part))),
  );

/** Mostly of the action that is called: a reply to another one is soon refused. */
/** To a change: its own, one with something changed, or no reply of the API at all. */
export const replyToChange: fc.Arbitrary<Reply> = replyOf(
  fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...Object.values(accepted)) },
    { weight: 3, arbitrary: altered(fc.constantFrom(...Object.values(accepted))) },
    { weight: 2, arbitrary: altered() },
    { weight: 3, arbitrary: junk },
  ),
);

export const alteredReplyTo = (action: string): fc.Arbitrary<Reply> =>
  replyOf(
    fc.oneof({ weight: 4, arbitrary: altered(fc.constant(right[action] ?? '')) }, { weight: 1, arbitrary: altered() }),
  );

export function replyOf(body: fc.Arbitrary<string>): fc.Arbitrary<Reply> {
  return fc.record({
    status: fc.oneof({ weight: 6, arbitrary: fc.constant(200) }, fc.constantFrom(201, 400, 403, 404, 429, 500, 503)),
    body,
  });
}

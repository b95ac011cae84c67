import type { Io } from '../terminal/io.ts';
import { table, wrap } from '../terminal/text.ts';
import type { Evidence, Probe, Verdict } from './evidence.ts';
import { addressKind, addressWords, isResourceName, nameKind, nameWords } from './names.ts';

const probeWords = (probe: Probe): string => {
  switch (probe.result) {
    case 'ok':
    case 'turned-away':
    case 'host-blocked':
      return probe.said;
    case 'other-protocol':
      return `another protocol: ${probe.said}`;
    case 'unreachable':
      return `cannot be reached (${probe.code})`;
    case 'timeout':
      return 'no answer to the connection';
    case 'silent':
      return 'accepts, then says nothing';
    case 'refused':
      return 'refuses the connection';
    case 'reset':
    case 'closed':
      return 'accepts, then ends the connection';
  }
};

/** The evidence line by line, then the verdict. */
export function verdictLines(io: Io, evidence: Evidence, verdict: Verdict): string[] {
  const { colour, width } = io;
  const { host, port, protocol, resolution, probes, endpoint } = evidence;
  const found =
    resolution.kind === 'addresses'
      ? resolution.addresses.map((ip) => `${ip} (${addressWords[addressKind(ip)]})`).join(', ')
      : resolution.kind === 'failed'
        ? `not resolved (${resolution.code})`
        : 'no address';
  const state = verdict.outcome === 'ok' ? colour.green('ok') : colour.red(`fault: ${verdict.cause}`);
  const rows = [
    ...(endpoint ? [['endpoint', `${endpoint.id}, ${endpoint.state}, to ${endpoint.leadsTo}`]] : []),
    ['name', `${nameWords[nameKind(host)]}: ${found}`],
    ...probes.map((probe) => [probe.address, probeWords(probe)]),
  ];
  const note = (text: string) => wrap(text, width - 2).map((line) => `  ${line}`);
  return [
    `${colour.bold(`${host} port ${port}`)} (${protocol})  ${state}`,
    ...table(rows, width - 2).map((line) => `  ${line}`),
    ...(verdict.outcome === 'fault' ? [...note(verdict.detail), ...note(`Next: ${verdict.next}.`)] : []),
    ...(verdict.outcome === 'ok' && verdict.warning ? note(colour.yellow(`Note: ${verdict.warning}.`)) : []),
  ];
}

/** The remedies for what the addresses did. A resource endpoint has no load balancer, and needs no acceptance. */
type Advice = {
  readonly oneZone: string;
  readonly notLetIn: string;
  readonly nothingServes: string;
  readonly silent: string;
  readonly hostBlocked: string;
};

export const adviceFor = (evidence: Evidence): Advice =>
  (evidence.endpoint?.kind ?? (isResourceName(evidence.host) ? 'resource' : 'service')) === 'resource'
    ? behindGateway(evidence)
    : behindLoadBalancer(evidence);

const letIn = ({ endpoint, port }: Evidence) =>
  endpoint
    ? `admit this client in the endpoint's security group (${endpoint.securityGroups.join(', ')}, TCP ${port}) and in the network ACLs; if they admit it: `
    : `admit this client in the endpoint's security group (TCP ${port}); if it is admitted: `;

const isHung = ({ protocol }: Evidence) => `or it hangs; or the port is not ${protocol} (--protocol tcp)`;

const behindLoadBalancer = (evidence: Evidence): Advice => ({
  oneZone:
    "that zone has no healthy target and the provider's load balancer does not cross zones: the provider turns cross-zone balancing on; until then connect to the zonal name of a zone that answers. Or its subnet's network ACL differs from the others'",
  notLetIn: `${letIn(evidence)}${
    evidence.endpoint ? '' : "the connection may wait for the provider's acceptance (--endpoint-id shows it), "
  }the provider's load balancer ${evidence.endpoint ? 'does' : 'may'} not admit this client's address (consumerCidrs), or provider and endpoint have no zone in common`,
  nothingServes:
    "the path is open, but nothing serves behind it: the provider's load balancer has no healthy target or no listener at this port. Ask the provider for rds-target doctor",
  hostBlocked:
    "the database counts the load balancer's health checks as failed connections and has locked its address out, for every client behind it: the provider raises max_connect_errors, which lets them in at once (docs/runbook.md#nothing-connects-to-mysql-error-1129)",
  silent: `the load balancer accepts the connection, but the database does not answer: its security group, ${isHung(evidence)}`,
});

const gatewayRules =
  "the provider's database does not admit the security group of the resource gateway, or that group blocks outbound traffic";

const behindGateway = (evidence: Evidence): Advice => ({
  oneZone:
    "check the network ACL of that zone's subnet, and ask the provider whether its resource gateway covers that zone",
  notLetIn: `${letIn(evidence)}${gatewayRules}, or provider and endpoint have no zone in common`,
  nothingServes: `the path is open, but nothing serves behind it: the database is down or listens on another port, or ${gatewayRules}. Ask the provider`,
  hostBlocked:
    'the database has locked out the address of the resource gateway after too many connections without a login, for every client behind it: the provider raises max_connect_errors, which lets them in at once, and finds what connects without a login',
  silent: `the endpoint accepts the connection, but the database does not answer: ${gatewayRules}, ${isHung(evidence)}`,
});

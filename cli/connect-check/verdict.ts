import type { Cause, Endpoint, Evidence, Probe, Verdict } from './evidence.ts';
import { addressKind, nameKind } from './names.ts';
import { adviceFor } from './text.ts';

/** Interprets the evidence: the first check that applies decides. Pure. */
export function verdictOf(evidence: Evidence): Verdict {
  return (
    endpointVerdict(evidence) ??
    nameVerdict(evidence) ??
    probeVerdict(evidence) ?? {
      outcome: 'ok',
      detail: okDetail(evidence),
      ...warningOf(evidence),
    }
  );
}

const fault = (cause: Cause, detail: string, next: string): Verdict => ({ outcome: 'fault', cause, detail, next });

function endpointVerdict({ endpoint }: Evidence): Verdict | undefined {
  if (!endpoint || endpoint.state === 'available') return undefined;
  const { id, state, leadsTo, error } = endpoint;
  const detail = `${id} (to ${leadsTo}) is in the state ${state}${error ? `: ${error}` : ''}`;
  if (state === 'pendingacceptance')
    return fault(
      'pending-acceptance',
      detail,
      `ask the provider to accept it: rds-target connections accept ${id}, or the console's "Endpoint connections"`,
    );
  if (state === 'pending') return fault('endpoint-not-available', detail, 'wait a few minutes, then try again');
  return fault(
    'endpoint-not-available',
    detail,
    endpoint.kind === 'resource'
      ? 'check that the share was accepted and still exists (aws ram get-resource-shares --resource-owner OTHER-ACCOUNTS), then create the endpoint again'
      : 'create the endpoint again; if it is rejected again, ask the provider',
  );
}

function nameVerdict({ host, resolution, endpoint }: Evidence): Verdict | undefined {
  if (resolution.kind === 'failed')
    return fault(
      'name-service-failed',
      `${host} could not be looked up (${resolution.code})`,
      "check this machine's DNS; in a VPC: enableDnsSupport, enableDnsHostnames and the DHCP option set",
    );
  if (resolution.kind === 'not-found') return notFound(host, endpoint);
  const outside = resolution.addresses.filter((ip) => addressKind(ip) === 'public');
  if (outside.length > 0)
    return fault(
      'not-the-endpoint',
      `${host} resolves to ${outside.join(', ')}, a public address: not an interface in your VPC`,
      nextForOtherName(host, endpoint),
    );
  const own = endpoint?.addresses;
  const foreign = own ? resolution.addresses.filter((ip) => !own.includes(ip)) : [];
  if (endpoint && own && foreign.length > 0)
    return fault(
      'not-the-endpoint',
      `${host} resolves to ${foreign.join(', ')}; the interfaces of ${endpoint.id} are at ${own.join(', ')}`,
      nextForOtherName(host, endpoint),
    );
  return undefined;
}

function notFound(host: string, endpoint: Endpoint | undefined): Verdict {
  const detail = `${host} has no address here`;
  if (nameKind(host) === 'endpoint')
    return fault(
      'name-not-found',
      detail,
      'check the spelling and the Region; deleting an endpoint also removes its name',
    );
  const isOff = endpoint && !endpoint.privateDnsEnabled;
  return fault(
    'name-not-found',
    detail,
    isOff
      ? `private DNS is off for ${endpoint.id}: turn it on, or use ${endpoint.dnsNames[0] ?? "the endpoint's own name"}`
      : "a private name resolves only in the endpoint's VPC, with private DNS on and after the provider has accepted the connection: check these three, or use the endpoint's own name (vpce-….vpce.amazonaws.com)",
  );
}

function nextForOtherName(host: string, endpoint: Endpoint | undefined): string {
  const own = endpoint?.dnsNames[0] ?? "the endpoint's own name (vpce-….vpce.amazonaws.com)";
  if (nameKind(host) === 'database' || nameKind(host) === 'load-balancer')
    return `this is the provider's name: connect to ${own}, or point the name at the endpoint in a private zone of your VPC`;
  return `connect to ${own}, or correct the record in the zone that this network queries`;
}

/* ---------- what the addresses did ---------- */

/** The worst answer first: it says most about the cause. */
const order: readonly Probe['result'][] = [
  'host-blocked',
  'turned-away',
  'other-protocol',
  'silent',
  'reset',
  'closed',
  'refused',
  'unreachable',
  'timeout',
];

function probeVerdict(evidence: Evidence): Verdict | undefined {
  const { probes, port, protocol, timeoutSeconds } = evidence;
  const next = adviceFor(evidence);
  const bad = probes.filter(({ result }) => result !== 'ok');
  const worst = order.flatMap((result) => bad.filter((one) => one.result === result))[0];
  // A client falls back to the other address family where the machine has no route to one.
  const isOtherFamily = worst?.result === 'unreachable' && bad.length < probes.length;
  if (!worst || isOtherFamily) return undefined;
  const at = `${worst.address} port ${port}`;
  if (worst.result === 'timeout' && bad.length < probes.length)
    return fault(
      'one-zone',
      `${at} did not answer within ${timeoutSeconds} s; ${probes.length - bad.length} of ${probes.length} addresses do`,
      next.oneZone,
    );
  switch (worst.result) {
    case 'timeout':
      return fault('not-let-in', `${at} did not answer within ${timeoutSeconds} s`, next.notLetIn);
    case 'refused':
    case 'reset':
    case 'closed':
      return fault(
        'no-healthy-target',
        `${at} ${worst.result === 'refused' ? 'refused the connection' : 'accepted the connection and ended it at once'}`,
        next.nothingServes,
      );
    case 'unreachable':
      return fault(
        'no-route',
        `${at} cannot be reached from here (${worst.code})`,
        "run this in the endpoint's VPC or a network with a route to it; check route tables and VPN",
      );
    case 'silent':
      return fault(
        'database-silent',
        `${at} accepted the connection and then said nothing for ${timeoutSeconds} s`,
        next.silent,
      );
    case 'other-protocol':
      return fault(
        'other-protocol',
        `${at} answers ${worst.said}, which is not ${protocol}`,
        `check that name and port are those of the endpoint, and the protocol: --protocol postgres, mysql or tcp`,
      );
    case 'turned-away':
      return fault(
        'turned-away',
        `${at}: ${worst.said}`,
        'the path works, but the database itself rejects the connection: ask its operator',
      );
    case 'host-blocked':
      return fault('host-blocked', `${at}: ${worst.said}`, next.hostBlocked);
    case 'ok':
      return undefined;
  }
}

/* ---------- all is well ---------- */

function okDetail({ host, port, probes }: Evidence): string {
  const said = probes.find((one) => one.result === 'ok');
  return `${host} port ${port}: ${said?.result === 'ok' ? said.said : 'connects'}`;
}

function warningOf({ host, resolution, endpoint }: Evidence): { warning?: string } {
  if (endpoint?.addresses || nameKind(host) === 'endpoint' || resolution.kind !== 'addresses') return {};
  if (resolution.addresses.some((ip) => addressKind(ip) === 'loopback'))
    return { warning: 'this machine itself answers: a tunnel, or an entry in /etc/hosts' };
  return {
    warning:
      'the name does not show whether an endpoint answers or, for example, a peered network; --endpoint-id compares the addresses',
  };
}

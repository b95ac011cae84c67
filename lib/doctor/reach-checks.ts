import { isAllowed, isPublic } from '../addresses.ts';
import { targetKey } from '../domain.ts';
import type { RunState } from '../observations/run-state.ts';
import type { DnsAnswer } from '../ports.ts';
import type { Protocol } from '../protocols.ts';
import type { Config } from '../settings/config.ts';
import { admission, departure, ofFamily, type Side } from './admission.ts';
import { both } from './reading.ts';
import type { ApiHost, Place, Surroundings } from './surroundings.ts';
import { failed, judge, listed, notChecked, ok, unless, type Verdict } from './verdict.ts';

type Settings = Pick<Config, 'database' | 'policy'>;

/** Whether names lead where they should, and whether the function gets there. Reachability is a matter of place. */
export function reachChecks(settings: Settings, state: RunState, seen: Surroundings) {
  const admits = functionWay(state, seen);
  return {
    'one-private-address': addressVerdict(settings, state),
    'sources-agree': sourcesVerdict(settings, state),
    'apis-reached-privately': apisVerdict(seen),
    'database-admits-function': admits,
    'writer-accepts-connections': conversationVerdict(seen, admits),
  } as const satisfies Record<string, Verdict>;
}

function addressVerdict({ database, policy }: Settings, { lookups, topology }: RunState): Verdict {
  const host = followedHost(database, topology);
  const answer = lookups?.answers.get(host ?? '');
  if (host === undefined || answer === undefined) return notChecked('no name is known');
  if (answer.kind !== 'addresses') return notChecked(`${host} did not resolve: ${answer.kind}`);
  const { addresses } = answer;
  const foreign = addresses.filter((ip) => !isAllowed(ip, policy.allowedCidrs));
  return unless(
    [
      database.kind !== 'hostname' &&
        addresses.length > 1 &&
        `${host} has ${addresses.length} addresses: ${listed(addresses)}`,
      foreign.length > 0 && `${host} leads to ${listed(foreign)}, outside ${listed(policy.allowedCidrs)}`,
    ],
    `${host}: ${listed(addresses)}`,
  );
}

const followedHost = ({ hostname, endpoint }: Config['database'], topology: RunState['topology']): string | undefined =>
  hostname ?? (topology?.observation.kind === 'seen' ? topology.observation.topology.endpoint?.host : endpoint?.host);

/** The name that applications use, the writer's own name, and the endpoint in the configuration. */
function sourcesVerdict({ database }: Settings, { lookups, topology }: RunState): Verdict {
  if (database.kind === 'hostname') return notChecked('a host name has one source: DNS');
  if (topology?.observation.kind === 'not-found') return notChecked('the RDS API knows no such database');
  if (topology?.observation.kind !== 'seen') return notChecked('the RDS API did not answer');
  const { endpoint, instances } = topology.observation.topology;
  // An instance that is being created has none yet.
  if (!endpoint) return failed('the RDS API names no endpoint');
  const writers = instances.filter(({ role }) => role === 'writer');
  const said = (host: string | undefined) => saidOf(lookups?.answers.get(host ?? ''));
  const followed = said(endpoint.host);
  const other = writers.find(({ endpoint: own }) => own && said(own.host) && said(own.host) !== followed);
  const given = database.endpoint?.host;
  return unless(
    [
      writers.length !== 1 && `the RDS API names ${writers.length} writers`,
      other &&
        `${endpoint.host} leads to ${followed ?? 'no address'}, but the writer ${other.id} is at ${said(other.endpoint?.host)}`,
      given !== undefined &&
        given !== endpoint.host &&
        `DATABASE_ENDPOINT is ${given}, the RDS API says ${endpoint.host}`,
    ],
    `${writers[0]?.id} at ${followed ?? 'no address'}`,
  );
}

const saidOf = (answer: DnsAnswer | undefined): string | undefined =>
  answer?.kind === 'addresses' ? listed(answer.addresses) : undefined;

/** The names of AWS's APIs lead to private addresses only where an interface endpoint stands behind them. */
function apisVerdict(seen: Surroundings): Verdict {
  const { apiHosts, place } = seen;
  const told = (hosts: readonly ApiHost[]) => hosts.map((host) => hostText(host, seen)).join('; ');
  const open = apiHosts.filter(({ addresses }) => addresses.some(isPublic));
  if (place?.kind === 'read' && place.value.kind === 'outside')
    return ok(`the function runs outside any VPC: ${told(apiHosts)}`);
  if (!place) return notChecked('the function does not know its own ARN');
  // Where Lambda's API is not reached, or refuses, nothing says where the function runs; private addresses prove all the same.
  if (place.kind !== 'read' && open.length === 0 && apiHosts.length > 0)
    return ok(`private addresses only: ${told(apiHosts)}`);
  const verdict = () => (open.length > 0 ? failed(`calls leave the VPC: ${told(open)}`) : ok(told(apiHosts)));
  return judge(place, verdict, open.length > 0 ? `public: ${told(open)}` : undefined);
}

function hostText({ host, addresses }: ApiHost, { interfaces }: Surroundings): string {
  const withOwner = (address: string): string => {
    const found = interfaces?.kind === 'read' ? (interfaces.value.get(address) ?? []) : [];
    const owner = found.find(({ endpointId }) => endpointId) ?? found[0];
    if (!owner) return address;
    return `${address} (${owner.endpointId ? `${owner.id} of endpoint ${owner.endpointId}` : `${owner.id}, of no endpoint`})`;
  };
  return `${host} at ${listed(addresses.map(withOwner), 'no address')}`;
}

const functionSide = (place: Extract<Place, { kind: 'vpc' }>): Side => ({ ...place, name: 'the function' });

function functionWay({ desired }: RunState, seen: Surroundings): Verdict {
  const [target] = desired?.kind === 'targets' ? desired.targets : [];
  const { place, databaseNetwork, securityGroups, subnets } = seen;
  if (!place) return notChecked('the function does not know its own ARN');
  if (!target || !databaseNetwork)
    return notChecked('the security groups or the address of the database are not known');
  return judge(place, (placed) => {
    if (placed.kind === 'outside')
      return notChecked('the function runs outside any VPC: no private address is reached from there');
    return judge(both(both(securityGroups, subnets), databaseNetwork), ([[groups, known], { securityGroupIds }]) => {
      const side = functionSide(placed);
      const out = departure(side, target, securityGroupIds, groups);
      // That is intended: the function needs no connection to the database.
      if (out.result === 'failed') return notChecked(out.detail);
      return admission(securityGroupIds, side, target.port, groups, ofFamily(known, target.ip));
    });
  });
}

/** What a server of the protocol is called. */
const servers: Readonly<Record<Protocol, string>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  sqlserver: 'SQL Server',
  oracle: 'Oracle',
  tcp: 'any server',
};

/** Whether the database answers as only a database that serves does: the kernel accepts connections for a process that hangs. */
function conversationVerdict({ conversation }: Surroundings, admits: Verdict): Verdict {
  if (!conversation) return notChecked('no address is known');
  const { target, protocol, spoken } = conversation;
  const key = targetKey(target);
  const server = servers[protocol];
  switch (spoken.result) {
    case 'ok':
      return ok(
        protocol === 'tcp' ? `${key} accepts connections; its protocol is not known` : `${key} answers: ${spoken.said}`,
      );
    case 'turned-away':
      return failed(`${key} turns connections away: ${spoken.said}`);
    case 'host-blocked':
      // Each address is counted by itself: this one met the limit, not the load balancer's.
      return ok(`${key} answers, and refuses this function's address only: ${spoken.said}`);
    case 'other-protocol':
      return failed(`${key} does not answer as ${server} does: ${spoken.said}`);
    case 'silent':
      return failed(`${key} accepts connections and says nothing: ${server} hangs, or does not listen there`);
    case 'closed':
    case 'reset':
      return wordsAreProven.has(protocol)
        ? failed(`${key} ends connections without an answer of ${server}`)
        : notChecked(`${key} ends connections without an answer: it is alive, and what we said may be wrong for it`);
    case 'refused':
      return failed(`${key} refuses connections (ECONNREFUSED)`);
    case 'timeout':
    case 'unreachable': {
      // Silence proves something only where an answer could have come.
      const detail = `${key} does not answer${spoken.result === 'unreachable' ? ` (${spoken.code})` : ''}`;
      return admits.result === 'not-checked' ? notChecked(`${detail}; ${admits.detail}`) : failed(detail);
    }
  }
}

/** What we say was tried against real servers; the others were written from their protocols' descriptions. */
const wordsAreProven: ReadonlySet<Protocol> = new Set(['postgres', 'mysql', 'tcp']);

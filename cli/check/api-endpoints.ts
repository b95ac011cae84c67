import type { DatabaseEntry } from '../../infra/config/databases.ts';
import { type Finding, findingsOf, notChecked, type Wrong } from './findings.ts';
import type { Ground, InterfaceEndpoint } from './ground.ts';

/* How functions inside the VPC would reach the AWS APIs. */

const path = ['placement', 'endpoints'];

export function endpointFindings(entry: DatabaseEntry, { endpoints, services }: Ground): readonly Finding[] {
  const { placement, vpc, database, reconcile } = entry;
  const isPublic = database.kind !== 'hostname' && database.publiclyAccessible === true;
  if (!vpc || (!placement && !isPublic)) return [];
  const verifies =
    reconcile?.verifyInterfaces ?? (database.kind !== 'hostname' || database.securityGroupIds !== undefined);
  const apis = [
    'elasticloadbalancing',
    ...(database.kind === 'hostname' ? [] : ['rds']),
    ...(verifies || entry.warmStandby ? ['ec2'] : []),
    ...(entry.probe?.login === 'secret' ? ['secretsmanager'] : []),
    ...(entry.notifyFailovers ? ['sns', 'logs'] : []),
  ];
  if ('why' in endpoints) return notChecked('api-endpoints', path, endpoints.why);
  const own = endpoints.value.filter(({ vpcId }) => vpcId === vpc.id);
  const how = placement?.endpoints ?? 'create';
  const wrong = how === 'existing' ? missing(apis, own, vpc.id) : how === 'shared' ? clashes(apis, own, vpc.id) : [];
  const fine = own.map(({ service, id }) => `${service} (${id})`).join(', ') || 'no endpoint in the VPC';
  return [
    ...findingsOf('api-endpoints', path, wrong, fine),
    ...(how === 'existing' ? [] : offered(apis, vpc, services)),
  ];
}

/** In China some names of services begin with `cn.`. */
const leadsTo = (service: string, api: string): boolean =>
  /^(?:cn\.)?com\.amazonaws\./.test(service) && service.endsWith(`.${api}`);

function missing(apis: readonly string[], own: readonly InterfaceEndpoint[], vpcId: string): readonly Wrong[] {
  const lacking = apis.filter(
    (api) => !own.some(({ service, hasPrivateDns }) => hasPrivateDns && leadsTo(service, api)),
  );
  return lacking.length === 0
    ? []
    : [
        {
          path,
          allowed: `"create" or "shared": ${vpcId} has no interface endpoint with private DNS for ${lacking.join(', ')}`,
        },
      ];
}

/** Private DNS exists once for each API in a VPC. The stack of shared endpoints may be there already. */
function clashes(apis: readonly string[], own: readonly InterfaceEndpoint[], vpcId: string): readonly Wrong[] {
  const others = own.filter(
    ({ hasPrivateDns, service, stack }) =>
      hasPrivateDns && apis.some((api) => leadsTo(service, api)) && stack !== `private-api-access-${vpcId}`,
  );
  return others.length === 0
    ? []
    : [
        {
          path,
          allowed: `"existing": ${vpcId} has ${others.map(({ id, service }) => `${id} (${service})`).join(', ')} with private DNS, and AWS refuses a second one`,
        },
      ];
}

function offered(
  apis: readonly string[],
  vpc: NonNullable<DatabaseEntry['vpc']>,
  services: Ground['services'],
): readonly Finding[] {
  const check = 'api-endpoints-offered';
  if ('why' in services) return notChecked(check, path, services.why);
  const wrong = apis.flatMap((api): readonly Wrong[] => {
    const found = [...services.value].find(([name]) => leadsTo(name, api));
    if (!found)
      return [
        { path, allowed: `"existing", with a way of your own to ${api}: AWS offers no endpoint for it in this Region` },
      ];
    return vpc.subnets.flatMap(({ zone }, index) =>
      found[1].includes(zone)
        ? []
        : [
            {
              path: ['vpc', 'subnets', index, 'zone'],
              allowed: `a zone in which AWS offers an endpoint for ${api}: ${found[1].join(', ')}`,
            },
          ],
    );
  });
  return findingsOf(check, path, wrong, apis.join(', '));
}

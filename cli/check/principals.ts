import type { EC2Client } from '@aws-sdk/client-ec2';
import { stackNameOf } from '../../infra/config/database-entry.ts';
import type { DatabaseEntry, LoadBalancerEntry } from '../../infra/config/databases.ts';
import type { Selection } from '../access/select.ts';
import { driftOf, readConnections } from '../connections/read.ts';
import type { Ask } from '../init/account.ts';
import { type Finding, findingsOf, makesBalancer, notChecked } from './findings.ts';
import { type Ground, tried } from './ground.ts';

/* The endpoint service of an entry, where it is deployed already: who may connect, and who is connected. */

const path = ['endpointService', 'allowedPrincipals'];
const check = 'principals';

export async function principalFindings(
  client: EC2Client,
  ask: Ask,
  entry: DatabaseEntry | LoadBalancerEntry,
  { ours }: Ground,
): Promise<readonly Finding[]> {
  if ('database' in entry && (!makesBalancer(entry) || entry.loadBalancer)) return [];
  if ('why' in ours) return notChecked(check, path, ours.why);
  const service = ours.value.find(({ name }) => name === stackNameOf(entry));
  if (!service) return untold(entry);
  const selection: Selection = { name: entry.name, functionName: '', functions: [], functionNames: [] };
  const read = await tried(() => readConnections(client, ask, selection, service.id));
  if ('why' in read) return notChecked(check, path, read.why);
  const { connections, principals } = read.value;
  const { missing, surplus } = driftOf(entry, read.value.service, principals) ?? { missing: [], surplus: [] };
  const losing = surplus.flatMap((principal) => {
    const account = /^arn:[^:]*:iam::(\d{12}):/.exec(principal)?.[1];
    const live = connections.filter(
      (one) => one.account === account && /^(available|pendingacceptance)$/i.test(one.state),
    );
    return live.length > 0
      ? [
          {
            path,
            allowed: `also "${principal}": ${live.map((one) => one.endpointId).join(', ')} of that account would lose its permission`,
          },
        ]
      : [];
  });
  const changes = [...missing.map((one) => `adds ${one}`), ...surplus.map((one) => `removes ${one}`)];
  return findingsOf(
    check,
    path,
    losing,
    changes.length > 0 ? `a deployment ${changes.join(', ')}` : `as ${service.id} allows`,
  );
}

/** EC2 refuses a role or user that does not exist, and only a deployment asks it. */
function untold({ endpointService }: Pick<DatabaseEntry | LoadBalancerEntry, 'endpointService'>): readonly Finding[] {
  const roles = (endpointService?.allowedPrincipals ?? []).filter((one) => /:(role|user)\//.test(one));
  return roles.length > 0
    ? notChecked(
        check,
        path,
        `only a deployment shows whether ${roles.join(', ')} exist: EC2 refuses those that do not`,
      )
    : findingsOf(check, path, [], 'there is no endpoint service of this name yet');
}

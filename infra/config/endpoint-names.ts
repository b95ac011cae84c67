import { databaseHostName, isRegion } from '../../lib/partitions.ts';

/* RDS names show what they resolve to. While the API does not answer, a reader's address would be registered as the writer's. */

type Followed = {
  readonly kind?: string | undefined;
  readonly id?: string | undefined;
  readonly region?: string | undefined;
  readonly role?: string | undefined;
};

const kinds: readonly (readonly [RegExp, string])[] = [
  [/\.cluster-ro-[^.]+\./i, 'the reader endpoint'],
  [/\.cluster-custom-[^.]+\./i, 'a custom endpoint'],
  [/\.proxy-[^.]+\./i, 'the endpoint of an RDS Proxy'],
];

/** What is allowed in place of an endpoint that is not the writer's; undefined for one that may be. */
export function endpointMistake(endpoint: string, followed: Followed): string | undefined {
  if ((followed.role ?? 'writer') !== 'writer') return undefined;
  const what = kinds.find(([name]) => name.test(endpoint))?.[1] ?? otherDatabase(endpoint, followed);
  const own = followed.kind === 'cluster' ? "the cluster's writer endpoint" : "the instance's own";
  return what && `${own}; this is ${what}`;
}

/** An RDS name begins with the identifier of its database, and contains its Region. */
function otherDatabase(endpoint: string, { id, region }: Followed): string | undefined {
  if (!databaseHostName.test(endpoint)) return undefined;
  const [named = '', ...labels] = endpoint.toLowerCase().split('.');
  const its = labels.find(isRegion);
  if (region !== undefined && its !== undefined && its !== region) return `in ${its}, and the entry in ${region}`;
  return id !== undefined && named !== id.toLowerCase() ? `the endpoint of ${named}, not of ${id}` : undefined;
}

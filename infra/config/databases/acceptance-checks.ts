import type { Problem } from './problems.ts';
import { at, listAt } from './values.ts';

/** Accounts that are accepted automatically have to be able to ask, and there has to be something to accept. */
export function acceptanceProblems(entry: object): Problem[] {
  const service = at(entry, ['endpointService']);
  const accounts = listAt(service, 'acceptAutomatically') ?? [];
  const path = ['endpointService', 'acceptAutomatically'];
  if (accounts.length === 0) return [];
  const principals = listAt(service, 'allowedPrincipals') ?? [];
  const canAsk = (account: unknown) =>
    account === at(entry, ['account']) || principals.some((one) => accountOf(one) === account);
  return [
    ...(at(service, ['acceptanceRequired']) === false
      ? [
          {
            path,
            input: accounts,
            allowed: 'nothing with "acceptanceRequired": false, which accepts everybody who may ask',
          },
        ]
      : []),
    ...accounts.flatMap((input, index) =>
      canAsk(input) ? [] : [{ path: [...path, index], input, allowed: 'an account that allowedPrincipals lets ask' }],
    ),
  ];
}

const accountOf = (principal: unknown): string | undefined =>
  typeof principal === 'string' ? (/^\d{12}$/.exec(principal)?.[0] ?? principal.split(':')[4]) : undefined;

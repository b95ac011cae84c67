import { type Calls, membersOf, type Service } from './calls.ts';

/* Who is calling, what he may do, and what has a tag. */

export type Identity = { readonly account: string; readonly arn: string };

export type Services = {
  identity(signal?: AbortSignal): Promise<Identity>;
  /** The actions that the principal's policies do not allow on every resource. */
  denied(principal: string, actions: readonly string[], signal?: AbortSignal): Promise<string[]>;
  /** The ARNs of what has the tag, with this value or any. */
  tagged(key: string, value?: string, signal?: AbortSignal): Promise<string[]>;
};

const sts: Service = { name: 'sts', variable: 'STS' };
const identities: Service = { name: 'iam', variable: 'IAM' };
const tagging: Service = { name: 'tagging', variable: 'RESOURCE_GROUPS_TAGGING_API' };

export const createServices = ({ query, json }: Calls): Services => ({
  async identity(signal) {
    const { Account, Arn } = (await query(sts, '2011-06-15', 'GetCallerIdentity', {}, signal)) ?? {};
    return { account: String(Account), arn: String(Arn) };
  },
  async denied(principal, actions, signal) {
    const names = Object.fromEntries(actions.map((action, index) => [`ActionNames.member.${index + 1}`, action]));
    const input = { PolicySourceArn: principal, MaxItems: '1000', ...names };
    const reply = await query(identities, '2010-05-08', 'SimulatePrincipalPolicy', input, signal);
    const allowed = membersOf(reply?.EvaluationResults).filter(({ EvalDecision }) => EvalDecision === 'allowed');
    // What the answer does not name is not known to be allowed.
    return actions.filter((action) => !allowed.some(({ EvalActionName }) => EvalActionName === action)).toSorted();
  },
  async tagged(Key, value, signal) {
    const filter = { TagFilters: [{ Key, ...(value ? { Values: [value] } : {}) }] };
    const found: string[] = [];
    for (let PaginationToken = ''; ; ) {
      const body = { ...filter, ...(PaginationToken ? { PaginationToken } : {}) };
      const page = await json(tagging, 'ResourceGroupsTaggingAPI_20170126.GetResources', body, signal);
      // Unknown is never empty.
      if (!Array.isArray(page.ResourceTagMappingList)) throw new Error('GetResources gave no list of resources');
      found.push(...page.ResourceTagMappingList.map(({ ResourceARN }) => String(ResourceARN)));
      PaginationToken = String(page.PaginationToken ?? '');
      if (!PaginationToken) return found.toSorted();
    }
  },
});

import type { LabStacks } from '../lab.ts';
import { type Calls, type Fields, membersOf, type Params, type Service } from './calls.ts';

/** Stacks by their names. */
export type CloudFormation = {
  /** Undefined: there is no such stack. */
  status(stack: string, signal?: AbortSignal): Promise<string | undefined>;
  outputs(stack: string): Promise<Readonly<Record<string, string>>>;
  failures(stack: string): ReturnType<LabStacks['failures']>;
  /** The physical ids of its resources of a type. */
  resources(stack: string, type: string): Promise<string[]>;
};

const service: Service = { name: 'cloudformation', variable: 'CLOUDFORMATION' };

export function createCloudFormation({ query }: Calls): CloudFormation {
  const ask = (Action: string, params: Params, signal?: AbortSignal) =>
    query(service, '2010-05-15', Action, params, signal);
  const describe = async (StackName: string, signal?: AbortSignal): Promise<Fields | undefined> => {
    try {
      const reply = await ask('DescribeStacks', { StackName }, signal);
      const [stack] = membersOf(reply?.Stacks);
      if (!stack) throw new Error(`DescribeStacks gave no stack ${StackName}`);
      return stack;
    } catch (error) {
      // CloudFormation has no code of its own for it.
      if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message))
        return undefined;
      throw error;
    }
  };
  /** Every page of a list. */
  const list = async (Action: string, StackName: string, name: string): Promise<Fields[]> => {
    const found: Fields[] = [];
    for (let NextToken = ''; ; ) {
      const page = await ask(Action, { StackName, ...(NextToken ? { NextToken } : {}) });
      // Unknown is never empty.
      if (page?.[name] === undefined) throw new Error(`${Action} gave no list of ${name}`);
      found.push(...membersOf(page[name]));
      NextToken = String(page.NextToken ?? '');
      if (!NextToken) return found;
    }
  };
  return {
    async status(stack, signal) {
      const found = await describe(stack, signal);
      return found && String(found.StackStatus);
    },
    async outputs(stack) {
      const outputs = membersOf((await describe(stack))?.Outputs);
      return Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
    },
    async failures(stack) {
      const events = await list('DescribeStackEvents', stack, 'StackEvents');
      return events
        .filter(
          ({ ResourceType, ResourceStatus }) =>
            ResourceType !== 'AWS::CloudFormation::Stack' && /_FAILED$/.test(String(ResourceStatus)),
        )
        .map(({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) => ({
          resource: String(LogicalResourceId),
          status: String(ResourceStatus),
          reason: String(ResourceStatusReason ?? 'no reason given'),
        }))
        .reverse();
    },
    async resources(stack, type) {
      const all = await list('ListStackResources', stack, 'StackResourceSummaries');
      return all.flatMap(({ ResourceType, PhysicalResourceId }) =>
        ResourceType === type && PhysicalResourceId ? [String(PhysicalResourceId)] : [],
      );
    },
  };
}

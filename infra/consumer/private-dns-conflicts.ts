import { Reference, Stack, Tokenization } from 'aws-cdk-lib';
import { CfnVPCEndpoint, type InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';

/**
 * Other endpoints of the app, in whatever stack, that want the private DNS of the same API in the same VPC: AWS gives it to one, and the
 * deployment of the second fails half-way.
 */
export function privateDnsConflicts(endpoint: InterfaceVpcEndpoint): string[] {
  const own = endpoint.node.defaultChild as CfnVPCEndpoint;
  const key = privateDnsOf(own);
  if (key === undefined) return [];
  return own.node.root.node
    .findAll()
    .filter((other) => CfnVPCEndpoint.isCfnVPCEndpoint(other) && other !== own && privateDnsOf(other) === key)
    .map(
      (other) =>
        `${own.node.path} and ${other.node.path} both want private DNS for ${key}: it exists once per VPC and API. ` +
        'Share one PrivateApiAccess (in databases.json: "endpoints": "shared"), name the other one as existing, or turn privateDns off for one',
    );
}

/** API and VPC that an endpoint claims the usual name of; undefined when it claims none. */
function privateDnsOf(endpoint: CfnVPCEndpoint): string | undefined {
  if (endpoint.privateDnsEnabled !== true || endpoint.vpcEndpointType !== 'Interface') return undefined;
  const stack = Stack.of(endpoint);
  const [, api] = /\.([a-z0-9-]+)"[\]}]*$/.exec(JSON.stringify(stack.resolve(endpoint.serviceName))) ?? [];
  return `${api} in ${vpcOf(endpoint)} (account ${stack.account}, Region ${stack.region})`;
}

/** By the VPC's construct where it is one of the app, since each stack has another token for it. */
function vpcOf({ vpcId }: CfnVPCEndpoint): string {
  const [token] = Tokenization.reverseString(String(vpcId)).tokens;
  return token && Reference.isReference(token) ? token.target.node.path : String(vpcId);
}

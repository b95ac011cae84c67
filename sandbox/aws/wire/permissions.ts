import { home } from '../../world/network.ts';
import { AwsError } from './aws-error.ts';

/** What the functions' role lacks. An operator's calls are never refused: they come with other keys. */
export type Permissions = {
  /** As IAM names it: `elasticloadbalancing:RegisterTargets`. */
  deny(permission: string): void;
  allow(permission: string): void;
  denied(): readonly string[];
  /** @throws AwsError as the service words it */
  check(caller: string | undefined, permission: string, style: DenialStyle): void;
};

export type DenialStyle = 'query' | 'ec2' | 'sns' | 'json' | 'rest';

/** The access key of the functions' environment, which distinguishes their calls from an operator's. */
export const functionsKey = 'ASIASANDBOX000000000';

const codes = {
  query: ['AccessDenied', 403],
  ec2: ['UnauthorizedOperation', 403],
  sns: ['AuthorizationError', 403],
  json: ['AccessDeniedException', 400],
  rest: ['AccessDeniedException', 403],
} as const;

const role = `arn:aws:sts::${home.account}:assumed-role/orders-functions/orders`;

/** @throws Error for what is no permission */
function checked(permission: string): string {
  if (/^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$/.test(permission)) return permission;
  throw new Error(`"${permission}" is no permission; one looks like elasticloadbalancing:RegisterTargets`);
}

export function createPermissions(): Permissions {
  const denied = new Set<string>();
  return {
    deny: (permission) => void denied.add(checked(permission)),
    allow: (permission) => void denied.delete(checked(permission)),
    denied: () => [...denied],
    check(caller, permission, style) {
      if (caller !== functionsKey || !denied.has(permission)) return;
      const [code, status] = codes[style];
      const why = `because no identity-based policy allows the ${permission} action`;
      const message = `User: ${role} is not authorized to perform: ${permission} on resource: * ${why}`;
      throw new AwsError(
        code,
        style === 'ec2' ? `You are not authorized to perform this operation. ${message}` : message,
        { status },
      );
    },
  };
}

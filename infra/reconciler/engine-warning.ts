import { Annotations, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { protocolOf } from '../../lib/protocols.ts';

/** A TCP health check is a connection without a login, and MySQL and MariaDB count it as a failed one. */
export function warnOfLockout(scope: IConstruct, { engine, port = 0 }: { engine?: string; port?: number }): void {
  if (protocolOf(engine, Token.isUnresolved(port) ? 0 : port) !== 'mysql') return;
  const guessed = engine ? '' : ` (guessed from port ${port}; say "engine" if it is another)`;
  Annotations.of(scope).addWarningV2(
    'rds-target-reconciler:maxConnectErrors',
    `MySQL and MariaDB${guessed} count the load balancer's health checks as failed connections: after max_connect_errors of them (100 by ` +
      'default) without a login they refuse every client behind it with error 1129. Set max_connect_errors to 1000000 in the parameter ' +
      'group; rds-target doctor checks it. docs/provider.md#mysql-and-mariadb',
  );
}

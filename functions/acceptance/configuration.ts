import { ReconcileError } from '../../lib/errors.ts';

/** Which service's requests are accepted, and whose. */
export type AcceptanceConfig = { readonly serviceId: string; readonly accounts: readonly string[] };

const allowed: Readonly<Record<string, readonly [RegExp, string]>> = {
  SERVICE_ID: [/^vpce-svc-[0-9a-f]{8,17}$/, 'the id of an endpoint service, vpce-svc-…'],
  ACCEPTED_ACCOUNTS: [/^[0-9]{12}(,[0-9]{12})*$/, 'accounts of 12 digits, separated by commas'],
};

/**
 * The function's configuration.
 * @throws ReconcileError InvalidConfiguration with all problems at once
 */
export function acceptanceFromEnv(env: Readonly<Record<string, string | undefined>>): AcceptanceConfig {
  const problems = Object.entries(allowed).flatMap(([name, [pattern, what]]) =>
    pattern.test(env[name] ?? '') ? [] : [`${name} is ${JSON.stringify(env[name] ?? 'missing')}; allowed: ${what}`],
  );
  if (problems.length > 0) throw new ReconcileError('InvalidConfiguration', problems);
  return { serviceId: env.SERVICE_ID ?? '', accounts: env.ACCEPTED_ACCOUNTS?.split(',') ?? [] };
}

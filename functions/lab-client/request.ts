import type { ClientRequest } from '../../lab/contract.ts';

/** Lambda ends a function after 15 minutes, and takes 6 MB of an answer: an attempt has at most 200 bytes. */
const limits = { seconds: 840, everyMs: 50, targets: 10, attempts: 30_000 };

/** @throws Error with everything that is wrong */
export function requestIn(event: unknown): ClientRequest {
  const { targets, seconds, everyMs } = (event ?? {}) as Partial<Record<keyof ClientRequest, unknown>>;
  const list = Array.isArray(targets) ? (targets as readonly unknown[]) : [];
  const problems = [
    ...(list.length >= 1 && list.length <= limits.targets ? [] : [told('targets', targets, `1 to ${limits.targets}`)]),
    ...list.flatMap((target, index) => targetProblems(target, `targets[${index}]`)),
    ...(isWithin(seconds, 1, limits.seconds) ? [] : [told('seconds', seconds, `1 to ${limits.seconds}`)]),
    ...(isWithin(everyMs, limits.everyMs, 60_000) ? [] : [told('everyMs', everyMs, `${limits.everyMs} to 60000`)]),
  ];
  if (problems.length > 0) throw new Error(problems.join('; '));
  const request = { targets: list, seconds, everyMs } as ClientRequest;
  const attempts = Math.ceil((request.seconds * 1000) / request.everyMs) * list.length;
  if (attempts > limits.attempts)
    throw new Error(`the request asks for ${attempts} attempts; allowed: ${limits.attempts}, with a larger everyMs`);
  return request;
}

function targetProblems(target: unknown, path: string): string[] {
  const { name, host, port, kind } = (target ?? {}) as Record<string, unknown>;
  return [
    ...(isText(name) ? [] : [told(`${path}.name`, name, 'a text of 1 to 255 letters')]),
    ...(isText(host) ? [] : [told(`${path}.host`, host, 'a DNS name or an address')]),
    ...(Number.isInteger(port) && isWithin(port, 1, 65_535) ? [] : [told(`${path}.port`, port, '1 to 65535')]),
    ...(kind === 'postgres' || kind === 'tcp' ? [] : [told(`${path}.kind`, kind, 'postgres, tcp')]),
  ];
}

const isText = (value: unknown): boolean => typeof value === 'string' && value.length >= 1 && value.length <= 255;
const isWithin = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most;
const told = (name: string, value: unknown, allowed: string): string =>
  `${name} is ${JSON.stringify(value ?? 'missing')}; allowed: ${allowed}`;

import type { Io } from '../terminal/io.ts';
import { table, wrap } from '../terminal/table.ts';
import { addressKind, addressWords, nameKind, nameWords } from './names.ts';
import type { Evidence, Probe, Verdict } from './types.ts';

const probeWords = (probe: Probe): string => {
  switch (probe.result) {
    case 'ok':
    case 'turned-away':
    case 'host-blocked':
      return probe.said;
    case 'other-protocol':
      return `another protocol: ${probe.said}`;
    case 'unreachable':
      return `cannot be reached (${probe.code})`;
    case 'timeout':
      return 'no answer to the connection';
    case 'silent':
      return 'accepts, then says nothing';
    case 'refused':
      return 'refuses the connection';
    case 'reset':
    case 'closed':
      return 'accepts, then ends the connection';
  }
};

/** What was seen, line by line, and what it means. */
export function verdictLines(io: Io, evidence: Evidence, verdict: Verdict): string[] {
  const { colour, width } = io;
  const { host, port, protocol, resolution, probes, endpoint } = evidence;
  const found =
    resolution.kind === 'addresses'
      ? resolution.addresses.map((ip) => `${ip} (${addressWords[addressKind(ip)]})`).join(', ')
      : resolution.kind === 'failed'
        ? `not resolved (${resolution.code})`
        : 'no address';
  const state = verdict.outcome === 'ok' ? colour.green('ok') : colour.red(`fault: ${verdict.cause}`);
  const rows = [
    ...(endpoint ? [['endpoint', `${endpoint.id}, ${endpoint.state}, to ${endpoint.leadsTo}`]] : []),
    ['name', `${nameWords[nameKind(host)]}: ${found}`],
    ...probes.map((probe) => [probe.address, probeWords(probe)]),
  ];
  const note = (text: string) => wrap(text, width - 2).map((line) => `  ${line}`);
  return [
    `${colour.bold(`${host} port ${port}`)} (${protocol})  ${state}`,
    ...table(rows, width - 2).map((line) => `  ${line}`),
    ...(verdict.outcome === 'fault' ? [...note(verdict.detail), ...note(`Next: ${verdict.next}.`)] : []),
    ...(verdict.outcome === 'ok' && verdict.warning ? note(colour.yellow(`Note: ${verdict.warning}.`)) : []),
  ];
}

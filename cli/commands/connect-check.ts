import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { probe } from '../../lib/adapters/probe.ts';
import { accessOf } from '../access/clients.ts';
import { type Evidence, type Protocol, readEndpoint, resolveHost } from '../connect-check/evidence.ts';
import { addressKind, protocolOf } from '../connect-check/names.ts';
import { verdictLines } from '../connect-check/text.ts';
import { verdictOf } from '../connect-check/verdict.ts';
import { UsageError } from '../terminal/errors.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { type Io, withProgress } from '../terminal/io.ts';
import { numberFrom } from '../terminal/options.ts';
import { jsonLines } from '../terminal/text.ts';

type Options = {
  readonly protocol?: Protocol;
  readonly timeout: number;
  readonly endpointId?: string;
  readonly dnsServer?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly json?: boolean;
};

export function connectCheckCommand(io: Io): Command {
  return new Command('connect-check')
    .description("checks a consumer's connection to a database: name, TCP, first bytes")
    .addArgument(new Argument('<host>', "the endpoint's name, or the name that your clients use"))
    .addArgument(new Argument('<port>', 'its port').argParser(portFrom))
    .addOption(
      new Option('--protocol <name>', 'the protocol at this port (default: by the port number, or tcp)').choices([
        'postgres',
        'mysql',
        'tcp',
      ]),
    )
    .option('--timeout <seconds>', 'how long each step may take', numberFrom(0.1, 60), 5)
    .option(
      '--endpoint-id <id>',
      "also reads the endpoint's state, with your AWS credentials (ec2:DescribeVpcEndpoints; for a resource endpoint also ec2:DescribeVpcEndpointAssociations)",
    )
    .option(
      '--dns-server <address>',
      'queries this name server (address or address:port) instead of the system resolver',
    )
    .option('--region <region>', 'Region of the endpoint')
    .option('--profile <profile>', 'profile of your AWS configuration')
    .option('--json', 'prints JSON')
    .addHelpText(
      'after',
      '\nOnly --endpoint-id needs AWS credentials.\n\nExit codes:\n  0  it connects, and the right protocol answers\n  1  it does not: the cause and the remedy are printed\n  2  the command line is wrong',
    )
    .action(async (host: string, port: number, options: Options) => {
      checkUsage(host, options);
      const evidence = await gather(io, host, port, options);
      const verdict = verdictOf(evidence);
      io.out(options.json ? jsonLines({ ...verdict, ...evidence }) : verdictLines(io, evidence, verdict));
      io.setExitCode(verdict.outcome === 'ok' ? exitCodes.inSync : exitCodes.fault);
    });
}

async function gather(io: Io, host: string, port: number, options: Options): Promise<Evidence> {
  const { dnsServer, endpointId, timeout } = options;
  const protocol = options.protocol ?? protocolOf(port);
  const resolve = (name: string) => resolveHost(name, dnsServer);
  return withProgress(io, `connecting to ${host}`, async () => {
    const [resolution, endpoint] = await Promise.all([
      resolve(host),
      endpointId ? readEndpoint(endpointId, accessOf(options), resolve) : undefined,
    ]);
    // A public address is not the endpoint's: no reason to probe a stranger's host.
    const addresses =
      resolution.kind === 'addresses' ? resolution.addresses.filter((ip) => addressKind(ip) !== 'public') : [];
    const probes = await Promise.all(
      addresses.map(async (address) => ({ address, ...(await probe({ address, port, protocol }, timeout * 1000)) })),
    );
    return { host, port, protocol, timeoutSeconds: timeout, resolution, probes, endpoint };
  });
}

function portFrom(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 1 to 65535.');
}

function checkUsage(host: string, { endpointId, dnsServer }: Options): void {
  if (!/^[\w.:-]+$/.test(host))
    throw new UsageError(`host is "${host}"; allowed: a name or an address, without scheme, user, path or port`);
  if (endpointId !== undefined && !/^vpce-([0-9a-f]{8}|[0-9a-f]{17})$/.test(endpointId))
    throw new UsageError(`--endpoint-id is "${endpointId}"; allowed: vpce- and 8 or 17 hexadecimal digits`);
  if (dnsServer !== undefined && !/^(\d+\.){3}\d+(:\d+)?$|^\[[0-9a-f:.]+\](:\d+)?$|^[0-9a-f:]+$/i.test(dnsServer))
    throw new UsageError(`--dns-server is "${dnsServer}"; allowed: an IP address, with or without :port`);
}

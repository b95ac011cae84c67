import { addressFamilyProblems, crossRegionProblems } from './access-rules.ts';
import { sharedKeys } from './access-schema.ts';
import { stackNamesIn } from './database-entry.ts';
import { didYouMeanWord } from './did-you-mean.ts';
import { sharedStandbyRefusal } from './limits.ts';
import { locationProblems } from './network-rules.ts';
import type { Path, Problem } from './problems.ts';
import { clashes, fullness, type Member, service } from './shared-clashes.ts';
import { at, findings, has, listAt, refused, repeats, required, textAt, unlessUnknown } from './values.ts';

/* Rules about a load balancer that several databases share (docs/decisions/0033). */

const isShared = (entry: unknown): boolean => has(entry, 'endpointService', 'shared');

/** What a database says beside `shared`. */
export const sharedServiceProblems = (entry: object): Problem[] =>
  isShared(entry) ? sharedServiceRules.flatMap((rule) => findings(() => rule(entry))) : [];

/** Each by itself: a refused value keeps none of the others from being told. */
const sharedServiceRules: readonly ((entry: object) => Problem[])[] = [
  ...sharedKeys.map(
    (key) => (entry: object) =>
      refused(
        entry,
        service(key),
        'nothing beside "shared": it is the same for all databases there; write it in the entry of loadBalancers',
      ),
  ),
  (entry) => required(entry, service('listenerPort'), 'a port for consumers that no other database there has'),
  (entry) =>
    has(entry, ...service('databaseCidrs'))
      ? []
      : required(
          entry,
          service('databaseSecurityGroupId'),
          'the security group of the database, or databaseCidrs: behind a shared load balancer the private ranges are no default, as EC2 takes the same rule once',
        ),
  (entry) => refused(entry, ['warmStandby'], `nothing: ${sharedStandbyRefusal}`),
];

/** What databases say beside the load balancers that they name, and beside each other. */
export function sharedProblems(entries: readonly unknown[], file: unknown): Problem[] {
  const balancers = listAt(file, 'loadBalancers') ?? [];
  const names = balancers.map((one) => unlessUnknown(() => textAt(one, 'name'), undefined));
  const members = entries.flatMap((entry, index) =>
    unlessUnknown((): Member[] => {
      const name = textAt(entry, ...service('shared'));
      return name === undefined ? [] : [{ index, entry, name, balancer: balancers[names.indexOf(name)] }];
    }, []),
  );
  const strays = members.filter(({ balancer }) => balancer === undefined);
  // A name that many databases have is one mistake, and a refused name of a load balancer may be the one that is meant.
  const firsts = strays.filter(({ name }, index) => strays.findIndex((one) => one.name === name) === index);
  return [
    ...(names.includes(undefined)
      ? []
      : firsts.map((one) =>
          unknownName(
            one,
            names.flatMap((name) => name ?? []),
          ),
        )),
    ...once(members.filter(({ balancer }) => balancer !== undefined).flatMap(placeProblems)),
    ...balancers.flatMap((balancer) => {
      const group = members.filter((one) => one.balancer === balancer);
      return [...clashes(group), ...fullness(group)];
    }),
    ...stackProblems(entries, balancers),
  ];
}

const unknownName = ({ index, name }: Member, names: readonly string[]): Problem => ({
  path: [index, ...service('shared')],
  input: name,
  allowed:
    names.length > 0
      ? names.map((one) => `"${one}"`).join(' or ') + didYouMeanWord(name, names)
      : 'the name of an entry of "loadBalancers", a list beside "databases"; the file has none',
});

/** The same value with the same mistake in several databases is told with the first: the load balancer's may be the wrong one. */
function once(problems: readonly Problem[]): Problem[] {
  const keys = problems.map(({ path, input, allowed }) =>
    JSON.stringify([path.filter((part) => typeof part === 'string'), input, allowed]),
  );
  return problems.flatMap((problem, index) => {
    if (keys.indexOf(keys[index] ?? '') < index) return [];
    const others = problems.filter((_, other) => other > index && keys[other] === keys[index]);
    const same = others.map(({ path: [entry] }) => `[${String(entry)}]`).join(', ');
    return [others.length > 0 ? { ...problem, allowed: `${problem.allowed}; the same for ${same}` } : problem];
  });
}

/** A target group belongs to one VPC, and a target in a zone that the load balancer is not in gets no traffic. */
const placeProblems = (member: Member): Problem[] =>
  [
    () => same(member, ['account']),
    () => regionProblems(member),
    () => (has(member.entry, 'vpc', 'id') ? same(member, ['vpc', 'id']) : []),
    () => zoneProblems(member),
    () => addressFamilyProblems(together(member, 'addressType')),
    () => crossRegionProblems(together(member, 'supportedRegions')),
    () => consumerProblems(member),
  ].flatMap((rule) => findings(rule).map((one) => ({ ...one, path: [member.index, ...one.path] })));

function same({ entry, name, balancer }: Member, path: Path): Problem[] {
  const [input, theirs] = [at(entry, path), at(balancer, path)];
  const allowed = `${theirs === undefined ? 'nothing' : `"${theirs}"`}, as load balancer "${name}" has it: its databases are in one place`;
  return input === theirs ? [] : [{ path, input, allowed }];
}

/** A Region that does not fit the zones beside it is told there. */
const regionProblems = (member: Member): Problem[] =>
  [member.entry, member.balancer].some((one) => locationProblems(one as object).length > 0)
    ? []
    : same(member, ['region']);

function zoneProblems({ entry, name, balancer }: Member): Problem[] {
  const zones = (listAt(balancer, 'vpc', 'subnets') ?? []).map((subnet) => textAt(subnet, 'zone'));
  // A zone that stands there twice is the load balancer's mistake: it is told there, and the zone that is meant is not known.
  if (repeats(zones).length > 0) return [];
  const allowed = `a zone of load balancer "${name}", which are ${zones.join(', ')}: it sends no traffic to others`;
  return (listAt(entry, 'vpc', 'subnets') ?? []).flatMap((subnet, index) => {
    const input = unlessUnknown(() => textAt(subnet, 'zone'), undefined);
    const path = ['vpc', 'subnets', index, 'zone'];
    return input === undefined || zones.includes(undefined) || zones.includes(input) ? [] : [{ path, input, allowed }];
  });
}

/** As if the database had the load balancer to itself. */
const together = ({ entry, balancer }: Member, key: string): object => ({
  ...(entry as object),
  endpointService: {
    ...(at(entry, ['endpointService']) as object),
    shared: undefined,
    [key]: at(balancer, service(key)),
  },
});

const consumerProblems = ({ entry, name, balancer }: Member): Problem[] =>
  has(balancer, ...service('consumerCidrs'))
    ? []
    : refused(
        entry,
        service('consumerCidrs'),
        `nothing, unless load balancer "${name}" has consumerCidrs: without them no rule is enforced on PrivateLink traffic`,
      );

/** A database's stack cannot be that of a load balancer. */
function stackProblems(entries: readonly unknown[], balancers: readonly unknown[]): Problem[] {
  const stackOf = (entry: unknown) => unlessUnknown(() => stackNamesIn([entry])[0], undefined);
  const stacks = balancers.map(stackOf);
  return entries.flatMap((entry, index) => {
    const stack = stackOf(entry);
    if (stack === undefined || !stacks.includes(stack)) return [];
    const key = has(entry, 'stackName') ? 'stackName' : 'name';
    const allowed = `one whose stack is not ${stack}: that is the stack of a load balancer`;
    return [{ path: [index, key], input: at(entry, [key]), allowed }];
  });
}

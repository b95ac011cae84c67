import { setTimeout as sleep } from 'node:timers/promises';
import { parseXML } from '@aws-sdk/xml-builder';
import { canonicalIp } from '../addresses.ts';
import { awsFault, isRetriable, noAnswer } from '../errors.ts';
import type { InterfaceSource, InterfacesObservation, NetworkInterface } from '../ports.ts';
import { type Client, type Environment, send } from './borrowed-client.ts';

/* One call of EC2's, which only a registration needs. */

const action = 'DescribeNetworkInterfaces';

/** The network interfaces of the account and Region. The caller says how long it waits. */
export const createEc2Interfaces = (client: Client, env: Environment = process.env): InterfaceSource => ({
  find: (addresses, signal) =>
    seen(addresses.join(', '), async () => {
      const { interfaces, next } = pageOf(await describe(client, env, addressFilter(addresses), signal));
      if (next) throw noWholeList();
      return byAddress(interfaces, addresses);
    }),
  findByGroup: (securityGroup, signal) =>
    seen(securityGroup, async () => {
      const form = { 'Filter.1.Name': 'group-id', 'Filter.1.Value.1': securityGroup, MaxResults: '100' };
      const all: Described[] = [];
      for (let page = 1, next = ''; page === 1 || next; page++) {
        if (page > mostPages) throw noWholeList();
        const reply = pageOf(await describe(client, env, { ...form, ...(next ? { NextToken: next } : {}) }, signal));
        all.push(...reply.interfaces);
        next = reply.next;
      }
      return byAddress(all);
    }),
});

/** A security group may be on thousands of interfaces. A few pages already show that it is not on one database alone. */
const mostPages = 3;

const noWholeList = () => noAnswer(`${action} gave no whole list`);

async function seen(
  of: string,
  read: () => Promise<ReadonlyMap<string, readonly NetworkInterface[]>>,
): Promise<InterfacesObservation> {
  try {
    return { kind: 'seen', interfaces: await read() };
  } catch (error) {
    const { code, message } = awsFault(`reading the network interfaces of ${of}`, `ec2:${action}`, error);
    return { kind: 'unavailable', message, ...(code === 'AccessDenied' ? { isDenied: true } : {}) };
  }
}

/** Further attempts, like those of the SDK: a connection that was kept while Lambda froze the function is often dead. */
const attempts = 3;

type Form = Readonly<Record<string, string>>;

async function describe(client: Client, env: Environment, form: Form, signal?: AbortSignal): Promise<Xml> {
  const body = `Action=${action}&${new URLSearchParams({ Version: '2016-11-15', ...form })}`;
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(client, env, body, signal);
    } catch (error) {
      if (attempt === attempts || signal?.aborted || !isRetriable(error)) throw error;
      await sleep(100 * 2 ** attempt * Math.random(), undefined, { signal });
    }
  }
}

/** Of the filters by address only this one is named among those that an account with many interfaces may use without pages. */
const addressFilter = (addresses: readonly string[]): Form => ({
  'Filter.1.Name': addresses[0]?.includes(':') ? 'ipv6-addresses.ipv6-address' : 'private-ip-address',
  ...Object.fromEntries(addresses.map((ip, index) => [`Filter.1.Value.${index + 1}`, ip])),
});

async function ask(client: Client, env: Environment, body: string, signal?: AbortSignal): Promise<Xml> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { statusCode, reply } = await send(client, env, { name: 'ec2', variable: 'EC2' }, { headers, body }, signal);
  if (statusCode < 300) return within(parsed(reply), `${action}Response`);
  throw errorOf(reply, statusCode);
}

/** As the SDK throws it. What stands before AWS may refuse without a word of AWS's. */
function errorOf(reply: string, httpStatusCode: number): Error {
  const { Code, Message } = within(parsed(reply), 'Response', 'Errors', 'Error');
  return Object.assign(new Error(text(Message)), { name: text(Code) || 'Unknown', $metadata: { httpStatusCode } });
}

/** A body that is not XML says nothing, but its status still does. */
function parsed(reply: string): Xml {
  try {
    return parseXML(reply);
  } catch {
    return {};
  }
}

/** XML as the SDK's parser gives it: an element that stands once is no list, and one without children is a text. */
type Xml = { readonly [name: string]: Xml | readonly Xml[] | string | undefined };

const within = (xml: Xml, ...path: readonly string[]): Xml =>
  path.reduce<Xml>((one, name) => (typeof one[name] === 'object' ? (one[name] as Xml) : {}), xml);
const text = (value: Xml[string]): string => (typeof value === 'string' ? value : '');
const items = (xml: Xml, name: string): readonly Xml[] => [within(xml, name).item ?? []].flat() as readonly Xml[];

type Described = { readonly one: NetworkInterface; readonly addresses: readonly string[] };
type Page = { readonly interfaces: readonly Described[]; readonly next: string };

/** A part of the answer, or none, must not look like "no interface"; neither must an interface without any list of addresses. */
function pageOf(reply: Xml): Page {
  const found = items(reply, 'networkInterfaceSet');
  const isWhole = (one: Xml) => (one.privateIpAddressesSet ?? one.ipv6AddressesSet) !== undefined;
  if (reply.networkInterfaceSet === undefined || !found.every(isWhole)) throw noWholeList();
  const interfaces = found.map((one) => ({ one: interfaceOf(one), addresses: addressesOf(one) }));
  return { interfaces, next: text(reply.nextToken) };
}

/** In the spelling that was asked for; all that were found, where none was. */
function byAddress(
  all: readonly Described[],
  asked: readonly string[] = all.flatMap(({ addresses }) => addresses),
): ReadonlyMap<string, readonly NetworkInterface[]> {
  return new Map(
    asked.flatMap((ip) => {
      const found = all.filter(({ addresses }) => addresses.includes(canonicalIp(ip))).map(({ one }) => one);
      return found.length > 0 ? [[ip, found] as const] : [];
    }),
  );
}

const addressesOf = (xml: Xml): readonly string[] =>
  [
    ...items(xml, 'privateIpAddressesSet').map(({ privateIpAddress }) => text(privateIpAddress)),
    ...items(xml, 'ipv6AddressesSet').map(({ ipv6Address }) => text(ipv6Address)),
  ].map(canonicalIp);

const interfaceOf = (xml: Xml): NetworkInterface => ({
  id: text(xml.networkInterfaceId),
  ...(text(xml.requesterId) ? { requester: text(xml.requesterId) } : {}),
  description: text(xml.description),
  ...groupsOf(
    items(xml, 'groupSet').map(({ groupId }) => text(groupId)),
    xml.groupSet !== undefined,
  ),
  ...(text(xml.availabilityZone) ? { zone: text(xml.availabilityZone) } : {}),
});

/** A list that is left out, or has a group without its id, is not known. */
const groupsOf = (ids: readonly string[], isTold: boolean): Pick<NetworkInterface, 'securityGroups'> =>
  isTold && !ids.includes('') ? { securityGroups: ids } : {};

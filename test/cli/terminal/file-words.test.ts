import { expect, test } from 'vitest';
import { fileWords } from '../../../cli/terminal/file-words.ts';
import type { DatabaseEntry } from '../../../infra/config/databases.ts';
import { catalogue } from '../../../lib/doctor/catalogue.ts';

const named = { name: 'orders' };

test.each([
  ['PROBE is off: no member is asked', 'probe.login is off: no member is asked'],
  ['set PROBE_DATABASE to a database that exists', 'set probe.database to a database that exists'],
  ['WARM_SECURITY_GROUP is on another interface', 'warmStandby.securityGroupId is on another interface'],
])('%s: is told in the words of the file', (text, told) => {
  expect(fileWords(text, named)).toBe(told);
});

test('a probe is ended by leaving it out of the file, which has no word for "off"', () => {
  expect(fileWords(catalogue.probe.remedy, named)).toMatch(/To end the attempts: leave "probe" out and deploy\.$/);
});

test('the subnets of a shared load balancer are those of its entry', () => {
  const { remedy } = catalogue['zones-cover-database'];
  const entry = { name: 'orders', endpointService: { shared: 'vendors' } } as DatabaseEntry;
  expect(fileWords(remedy, { name: 'orders', entry })).toMatch(
    /^Add a subnet in each missing zone to "vpc.subnets" of "vendors" in "loadBalancers", /,
  );
  expect(fileWords(remedy, named)).toBe(remedy);
});

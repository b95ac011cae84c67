import { describe, expect, test } from 'vitest';
import { labOptionsOf } from '../../lab/options.ts';

function options(line: string) {
  const said: string[] = [];
  const print = { out: (text: string) => void said.push(text), err: (text: string) => void said.push(text) };
  try {
    return labOptionsOf(line.split(' ').filter(Boolean), print);
  } catch {
    return said.join('');
  }
}

const place = '--account 123456789012 --region us-east-1';

describe('the command line of the lab', () => {
  test('names account and Region, or the sandbox', () => {
    expect(options(place)).toMatchObject({
      account: '123456789012',
      region: 'us-east-1',
      speed: 1,
      maxHours: 4,
      keep: false,
    });
    expect(options('--sandbox')).toMatchObject({ sandbox: true, speed: 10 });
  });

  test('takes experiments by their names, and both failovers by one', () => {
    expect(options('--sandbox --only failover,registration')).toMatchObject({
      only: ['registration', 'failover-instance', 'failover-cluster'],
    });
  });

  test.each([
    ['', /--account and --region are missing.*or add --sandbox/],
    ['--account 123456789012', /--account and --region are missing/],
    [
      '--account 12345 --region us-east-1',
      /'--account <number>' argument '12345' is invalid\. It must be an account number of 12 digits/,
    ],
    [
      '--account 123456789012 --region Frankfurt',
      /argument 'Frankfurt' is invalid\. It must be a Region, as in us-east-1/,
    ],
    ['--sandbox --account 123456789012', /'--sandbox' cannot be used with option '--account/],
    [
      '--sandbox --only weights,failure',
      /There is no experiment failure; allowed: registration, weights, standby, failover-instance, failover-cluster/,
    ],
    [`${place} --speed 10`, /--speed is for --sandbox alone/],
    [`${place} --max-hours 100`, /It must be a number from 0\.1 to 12/],
    ['--sandbox --report lab.json', /--report names the HTML page/],
  ])('refuses "%s" and says what is allowed', (line, message) => {
    expect(options(line)).toMatch(message);
  });
});

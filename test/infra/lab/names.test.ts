import { describe, expect, test } from 'vitest';
import { labSettings } from '../../../infra/lab/names.ts';

const given = {
  run: 'demo1',
  until: '2026-12-01T14:00:00Z',
  zones: 'us-west-2a,us-west-2b,us-west-2d',
  region: 'us-west-2',
  account: '123456789012',
};

describe('what the lab is deployed with', () => {
  test('is taken from the command line and the environment', () => {
    expect(labSettings(given)).toEqual({ ...given, zones: ['us-west-2a', 'us-west-2b', 'us-west-2d'] });
  });

  test('fits any account, and the first three zones, where neither is given', () => {
    expect(labSettings({ ...given, account: undefined, zones: undefined })).toEqual({
      ...given,
      zones: ['us-west-2a', 'us-west-2b', 'us-west-2c'],
      account: undefined,
    });
  });

  test.each(['mistyped', 'without-us-west-2d'])('has the stack of the proof "%s"', (proof) => {
    expect(labSettings({ ...given, proof })).toHaveProperty('proof', proof);
    expect(labSettings(given)).not.toHaveProperty('proof');
  });

  test.each([
    [{ run: 'Demo' }, '-c run is "Demo"; allowed: 4 to 10 of a-z 0-9, a letter first'],
    [{ run: undefined }, '-c run is "missing"'],
    [{ until: '2026-12-01' }, '-c until is "2026-12-01"; allowed: a time in UTC such as 2026-12-01T14:00:00Z'],
    [{ until: '2026-13-01T14:00:00Z' }, '-c until is "2026-13-01T14:00:00Z"'],
    [{ zones: 'us-west-2a,us-west-2a,us-west-2b' }, '-c zones is "us-west-2a,us-west-2a,us-west-2b"; allowed: three'],
    [{ zones: 'us-west-2a,us-west-2b,eu-west-1a' }, '-c zones is'],
    [{ region: 'here', zones: undefined }, 'CDK_DEFAULT_REGION is "here"; allowed: a Region'],
    [{ proof: 'without-us-west-2c' }, '-c proof is "without-us-west-2c"; allowed: mistyped, without-us-west-2a, '],
    [{ account: '12345' }, 'CDK_DEFAULT_ACCOUNT is "12345"; allowed: an account of 12 digits'],
  ])('%j is refused', (wrong, message) => {
    expect(() => labSettings({ ...given, ...wrong })).toThrow(message);
  });

  test('is refused with all problems at once', () => {
    expect(() => labSettings({ ...given, run: '1', until: 'soon' })).toThrow(/-c run is "1".*\n-c until is "soon"/);
  });
});

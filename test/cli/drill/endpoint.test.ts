import { expect, test } from 'vitest';
import { addressOf } from '../../../cli/drill/endpoint.ts';

test('an endpoint is a host, with or without a port', () => {
  expect(addressOf('db.example', 5432)).toEqual({ host: 'db.example', port: 5432 });
  expect(addressOf('db.example:6000', undefined)).toEqual({ host: 'db.example', port: 6000 });
  expect(addressOf('[fd00::1]:6000', undefined)).toEqual({ host: 'fd00::1', port: 6000 });
  for (const wrong of ['', 'db:0', 'db:99999', 'http://db:1', 'fd00::1'])
    expect(() => addressOf(wrong, undefined), wrong).toThrow(/HOST:PORT/);
});

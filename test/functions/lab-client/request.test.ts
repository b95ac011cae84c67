import { describe, expect, test } from 'vitest';
import { requestIn } from '../../../functions/lab-client/request.ts';

const target = { name: 'writer', host: 'lab.example', port: 5432, kind: 'postgres' };
const request = { targets: [target], seconds: 15, everyMs: 500 };

describe('a request to the client of the lab', () => {
  test('is taken', () => {
    expect(requestIn(request)).toEqual(request);
  });

  test.each([
    [undefined, ['targets is "missing"; allowed: 1 to 10', 'seconds is "missing"', 'everyMs is "missing"']],
    [{ ...request, targets: [] }, ['targets is []; allowed: 1 to 10']],
    [{ ...request, targets: Array(11).fill(target) }, ['allowed: 1 to 10']],
    [{ ...request, seconds: 841 }, ['seconds is 841; allowed: 1 to 840']],
    [{ ...request, everyMs: 49 }, ['everyMs is 49; allowed: 50 to 60000']],
    [{ ...request, targets: [{ ...target, kind: 'mysql' }] }, ['targets[0].kind is "mysql"; allowed: postgres, tcp']],
    [
      { ...request, targets: [{ name: '', host: 1, port: 65_536 }] },
      ['targets[0].name is ""', 'targets[0].host is 1', 'targets[0].port is 65536', 'targets[0].kind is "missing"'],
    ],
    [
      { ...request, seconds: 840, everyMs: 50, targets: [target, target] },
      ['the request asks for 33600 attempts; allowed: 30000'],
    ],
  ])('%j is refused, with every problem', (event, problems) => {
    for (const problem of problems) expect(() => requestIn(event)).toThrow(problem);
  });
});

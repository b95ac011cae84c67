import { describe, expect, test } from 'vitest';
import { commandsIn, problemsOf } from './aws-commands.ts';
import { pages, sources, type Text } from './texts.ts';

/* Each command of the AWS CLI that a guide, a message, a remedy or an alarm tells can be typed as it stands. */

const fenced = /^( *)```(\w*)\n([\s\S]*?)^ *```/gm;

/** Code of a page: blocks, and what stands between backticks, also over the end of a line. */
function codeOf(content: string): readonly string[] {
  const blocks = [...content.matchAll(fenced)]
    .filter(([, , language]) => language !== 'json')
    .map(([, , , code = '']) => code);
  const spans = [...content.replace(fenced, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) =>
    code.replace(/\s+/g, ' '),
  );
  return [...blocks, ...spans];
}

/** The strings of a source; what is put together with + is one. Comments are for readers of the code. */
const stringsOf = (content: string): readonly string[] =>
  content
    .replace(/^\s*(\/\/|\/?\*).*$/gm, '')
    .replace(/['"`]\s*\+\s*['"`]/g, '')
    .match(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g)
    ?.map((literal) => literal.slice(1, -1)) ?? [];

const problemsIn = (file: string, code: string): readonly string[] =>
  commandsIn(code).flatMap((command) =>
    problemsOf(command).map((problem) => `${file}: aws ${command.service} ${command.operation}: ${problem}`),
  );

const guides = pages.filter(({ file }) => file !== 'CHANGELOG.md');

/** What a command takes from a variable that nothing in the page sets. */
function unsetIn({ file, content }: Text): readonly string[] {
  const set = new Set(
    [...content.matchAll(/(?:^|[\s;`])(?:(\w+)=|for (\w+) in )/gm)].map(([, name, loop]) => name ?? loop),
  );
  return codeOf(content)
    .filter((code) => commandsIn(code).length > 0)
    .flatMap((code) => [...code.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = '']) => name))
    .filter((name) => !set.has(name))
    .map((name) => `${file}: $${name} is set nowhere`);
}

describe('the AWS CLI', () => {
  test('takes every command of the guides as it stands', () => {
    const found = guides.flatMap(({ file, content }) => codeOf(content).flatMap((code) => problemsIn(file, code)));
    expect(found).toEqual([]);
    const count = guides.flatMap(({ content }) => codeOf(content).flatMap(commandsIn)).length;
    expect(count).toBeGreaterThan(50);
  });

  test('takes every command of a message, a remedy or an alarm', () => {
    const found = sources.flatMap(({ file, content }) => stringsOf(content).flatMap((text) => problemsIn(file, text)));
    expect(found).toEqual([]);
    expect(sources.flatMap(({ content }) => stringsOf(content).flatMap(commandsIn)).length).toBeGreaterThan(5);
  });

  test('is given no variable that its page does not set', () => {
    expect(guides.flatMap(unsetIn)).toEqual([]);
  });

  test('is named with its version where it is needed', () => {
    for (const { file, content } of guides.filter((page) => /cli-binary-format|aws logs tail/.test(page.content)))
      expect(content, file).toContain('AWS CLI v2');
  });
});

describe('a command', () => {
  test.each([
    ['aws elbv2 modify-load-balancer-attributes --attributes Key=a,Value=b', ['--load-balancer-arn is missing']],
    ['aws events enable-rule', ['--name is missing']],
    ['aws events enable-rule --name orders --rule x', ['--rule is no option']],
    ['aws lambda invoke --function-name orders-drift', ['a file is missing']],
    ['aws lambda invoke --function-name orders-drift /dev/stdout', []],
    ['aws rds describe-db-instance', ['rds has no describe-db-instance']],
    ['aws elbv2 describe-target-health \\\n  --target-group-arn "$GROUP" | jq .', []],
    ["arn=$(aws elbv2 describe-target-groups --names x --query 'a | [0]')", []],
    ['(aws ec2 accept-vpc-endpoint-connections); invoke', ['--service-id is missing', '--vpc-endpoint-ids is missing']],
    ['Do aws events disable-rule --name orders-rds, then wait --for it.', []],
    ['aws rds reboot-db-instance --db-instance-identifier orders --no-force-failover', []],
  ])('%s', (text, problems) => {
    const [command] = commandsIn(text);
    expect(command && problemsOf(command)).toEqual(problems.map((problem) => expect.stringContaining(problem)));
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { consumersJsonSchema } from '../infra/config/consumers.ts';
import { jsonSchema } from '../infra/config/database-entry.ts';
import { memoryMb } from '../infra/reconciler/memory.ts';
import { defaultText, meaningOf, row, variableNames } from '../lib/settings/rows.ts';
import {
  amount,
  type CostInputs,
  dashboardWays,
  monthlyCost,
  prices,
  totalOf,
  typicalInputs,
  watchCost,
} from './cost.ts';
import { balancerWays, ways } from './cost-of-ways.ts';

/* Fills what the documents below say between `<!-- name -->` and `<!-- /name -->`. A test holds them filled. */

type Schema = {
  readonly description?: string;
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly (string | number)[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
};

/** One line for each key of a database, as the schema describes it. */
export function optionsTable(): string {
  const { definitions } = jsonSchema() as { definitions: { database: Schema } };
  const lines = linesOf(definitions.database, '');
  return ['| Key | | What |', '|---|---|---|', ...new Set(lines)].join('\n');
}

const linesOf = ({ properties = {}, required = [] }: Schema, prefix: string): string[] =>
  Object.entries(properties).flatMap(([key, schema]) => {
    if (schema.const) return [];
    const path = `${prefix}${key}${schema.items?.properties ? '[]' : ''}`;
    const need = required.includes(key) ? 'required' : '';
    return [`| \`${path}\` | ${need} | ${schema.description ?? ''} |`, ...childLines(schema, path)];
  });

function childLines(schema: Schema, path: string): string[] {
  if (schema.oneOf) return schema.oneOf.flatMap((one) => linesOf(one, `${path} (${one.properties?.kind?.const}).`));
  if (schema.anyOf) return schema.anyOf.flatMap((one) => linesOf(one, `${path}.`));
  return linesOf(schema.items ?? schema, `${path}.`);
}

/** One line for each key of a load balancer that databases share. */
export function balancerOptionsTable(): string {
  const { definitions } = jsonSchema() as { definitions: { loadBalancer: Schema } };
  return ['| Key | | What |', '|---|---|---|', ...new Set(linesOf(definitions.loadBalancer, ''))].join('\n');
}

/** One line for each variable of the functions. */
export function variablesTable(): string {
  const lines = variableNames.map(
    (name) => `| \`${name}\` | ${meaningOf(name)} | ${row(name).codec.allowed} | ${defaultText(name)} |`,
  );
  return ['| Variable | What | Allowed | Default |', '|---|---|---|---|', ...lines].join('\n');
}

/** The bill of one database: each line as quantity × price. */
export function costTable(inputs: CostInputs): string {
  const items = monthlyCost(inputs);
  const dollars = (amount: number) => `$${amount.toFixed(2)}`;
  const lines = items.map(
    ({ item, quantity, unit, unitPrice, dollarsPerMonth }) =>
      `| ${item} | ${amount(Number(quantity.toFixed(3)), unit)} × $${unitPrice} | ${dollars(dollarsPerMonth)} |`,
  );
  return [
    '| Item | Arithmetic | A month |',
    '|---|---|---|',
    ...lines,
    `| **Together** | | **${dollars(totalOf(items))}** |`,
  ].join('\n');
}

/** What one failover costs. */
export function watchTable(): string {
  const { seconds, gbSeconds, dollars } = watchCost();
  const arithmetic = `${seconds} s × ${memoryMb.failover} MB: ${gbSeconds.toFixed(1)} GB-seconds × $${prices.lambdaGbSecond}`;
  return [
    '| Item | Arithmetic | A failover |',
    '|---|---|---|',
    `| Failover function, duration | ${arithmetic} | $${dollars.toFixed(4)} |`,
  ].join('\n');
}

/** One line for each key of a consumer. */
export function consumerOptionsTable(): string {
  const { definitions } = consumersJsonSchema() as { definitions: { consumer: Schema } };
  return ['| Key | | What |', '|---|---|---|', ...new Set(linesOf(definitions.consumer, ''))].join('\n');
}

/** What so many databases cost, one line for each way. */
function waysTable(head: string, ways: typeof dashboardWays): string {
  const counts = [1, 10, 100];
  const lines = ways.map(({ name, arithmetic, dollarsPerMonth }) =>
    [name, arithmetic, ...counts.map((count) => `$${dollarsPerMonth(count).toFixed(2)}`)].join(' | '),
  );
  const heads = [`| ${head} | Arithmetic for n databases | 1 | 10 | 100 |`, '|---|---|---|---|---|'];
  return [...heads, ...lines.map((line) => `| ${line} |`)].join('\n');
}

const parts: Readonly<Record<string, () => string>> = {
  options: optionsTable,
  'balancer-options': balancerOptionsTable,
  variables: variablesTable,
  'cost-service': () => costTable(typicalInputs),
  'cost-group': () => costTable({ ...typicalInputs, hasLoadBalancer: false }),
  'consumer-options': consumerOptionsTable,
  'cost-watch': watchTable,
  'cost-ways': () => waysTable('Access method', ways),
  'cost-shared': () => waysTable('Load balancers', balancerWays),
  'cost-fleet': () => waysTable('Dashboards', dashboardWays),
  'cost-inside': () => costTable({ ...typicalInputs, interfaceEndpointZones: 6 }),
};

/** A document with its generated parts as they should be. */
export const filled = (text: string): string =>
  text.replace(/(<!-- ([a-z-]+) -->\n)[\s\S]*?(<!-- \/\2 -->)/g, (whole, start, name, end) => {
    const part = parts[name];
    return part ? `${start}\n${part()}\n\n${end}` : whole;
  });

export const generatedDocs = ['deploy.md', 'functions.md', 'cost.md', 'choose.md', 'consumer.md'].map((name) =>
  join(import.meta.dirname, '..', 'docs', name),
);

if (import.meta.main) for (const file of generatedDocs) writeFileSync(file, filled(readFileSync(file, 'utf8')));

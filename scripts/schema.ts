import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { consumersJsonSchema } from '../infra/config/consumers.ts';
import { jsonSchema } from '../infra/config/database-entry.ts';

/* Writes the schemas that editors use. Tests hold them equal to those that synth reads the files with. */

for (const [name, schema] of Object.entries({ databases: jsonSchema(), consumers: consumersJsonSchema() }))
  writeFileSync(join(import.meta.dirname, '..', `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);

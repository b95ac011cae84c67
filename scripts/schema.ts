import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchema } from '../infra/databases/schema.ts';

/* Writes databases.schema.json, which editors use. A test holds it equal to the schema that synth reads the file with. */

const file = join(import.meta.dirname, '..', 'databases.schema.json');
writeFileSync(file, `${JSON.stringify(jsonSchema(), null, 2)}\n`);

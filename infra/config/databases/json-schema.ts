import * as z from 'zod';

/**
 * A JSON Schema for editors and other tools. Draft 7 is what they all know. Properties of Unicode characters are not: Python, for one, takes
 * a schema with them for a broken one. What stands for them lets a little more through; synth is the judge.
 */
export const editorSchema = (schema: z.ZodType) =>
  z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.pattern)
        jsonSchema.pattern = jsonSchema.pattern.replace('\\p{L}\\p{Z}\\p{N}', ' A-Za-z0-9\\u00a0-\\uffff');
    },
  }) as Readonly<Record<string, unknown>>;

/** A value as JSON, line by line. */
export const jsonLines = (value: unknown, indent = 2): string[] => JSON.stringify(value, null, indent).split('\n');

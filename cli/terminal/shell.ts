/** A word as a shell reads it: names come from elsewhere, and people copy commands. */
export const quoted = (text: string): string =>
  /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

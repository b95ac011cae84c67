/** One thing that has to be right. What could not be read is "not checked", never "failed". */
export type Check = {
  readonly check: string;
  readonly result: 'ok' | 'failed' | 'not-checked';
  readonly detail: string;
  /** What the check is good for. */
  readonly meaning?: string;
  /** What is wrong when it failed. */
  readonly failure?: string;
  /** What to do when it failed. */
  readonly remedy?: string;
};

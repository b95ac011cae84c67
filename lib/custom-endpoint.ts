/** A custom endpoint of an Aurora cluster: these members, or all but the excluded ones. Identifiers are in lower case. */
export type CustomEndpoint = {
  readonly id: string;
  readonly type: 'READER' | 'WRITER' | 'ANY';
  readonly status: string;
  readonly members: readonly string[];
  readonly excluded: readonly string[];
};

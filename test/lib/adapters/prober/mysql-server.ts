/** What the tests of the probe need of a MySQL: a real MariaDB where one is installed, a server of ours that speaks the protocol elsewhere. */
export type MysqlServer = {
  readonly port: number;
  /** PEM. */
  readonly roots: string;
  setReadOnly(on: boolean): Promise<void>;
  /** Of the probe's user, which is `right` at first. */
  setPassword(password: string): Promise<void>;
  /** The logins of the probe's user that are open. */
  sessions(): Promise<readonly number[]>;
  /** How many connections ended without a goodbye. */
  aborted(): Promise<number>;
  /** Ends the logins of the probe's user. */
  endSessions(): Promise<void>;
  hang(): void;
  resume(): void;
  close(): Promise<void>;
};

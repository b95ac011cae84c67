import type { Socket } from 'node:net';
import type { Member } from '../../ports.ts';
import type { Config } from '../../settings/config.ts';

export type Credentials = { readonly user: string; readonly password: string };

/** What a driver needs to log in to one member. */
export type Opening = {
  readonly member: Member;
  /** Not connected yet. The caller ends the attempt by destroying it. */
  readonly socket: Socket;
  readonly credentials: Credentials;
  /** The password is a token of IAM's, which the server has to see in clear text. */
  readonly isToken: boolean;
  /** PEM: the CAs that may have issued the member's certificate. */
  readonly roots: string;
  readonly database?: string | undefined;
};

/** A login that is kept. */
export type Session = {
  isOpen(): boolean;
  isWriter(): Promise<boolean>;
  /** Says goodbye, so that the server has nothing to log. */
  end(): void;
};

export type Open = (opening: Opening) => Promise<Session>;

/** How far an attempt has come. */
export type Stage = 'preparation' | 'connection' | 'login' | 'answer';

/** One attempt to ask one member: when it is over, and who hears how far it has come. */
export type Attempt = {
  readonly member: Member;
  readonly signal: AbortSignal;
  readonly reached: (stage: Stage) => void;
};

/** What is known about an attempt that failed. */
export type About = {
  readonly member: Member;
  readonly probe: Config['probe'];
  readonly stage: Stage;
  readonly timeoutMs: number;
};

/** An error, as Node and the drivers throw them: PostgreSQL's code is its SQLSTATE, MySQL's number is in `errno`. */
export type Told = {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly errno?: number;
};

import type { Owner } from '../../state/owner.ts';
import type { Attendance } from './attendance.ts';
import type { AwsKeys } from './environment.ts';
import type { OwnThing } from './own-things.ts';
import type { Troubles } from './troubles.ts';
import type { Work } from './work.ts';

/** How a session came to its end: somebody told it to, it never worked, or a signal or a fault ended it. */
export type Farewell = 'told' | 'not-started' | 'ended';

/** One session for a background process to look after. */
export interface Charge<Status, Stopped> {
  /** 16 hexadecimal digits; names the socket and the private folder. */
  readonly id: string;
  /** Stands in the environment of every process of the session; what bears it ends with the session. */
  readonly nonce: string;
  /** What others may know of the session before they ask for more: label, project, plan. */
  readonly description: object;
  /** Writes the session's record. Throws when another session has its label. */
  register(owner: Owner, socket: string, isLent: () => boolean): Promise<void>;
  /** Drops the record, or keeps it for who brings back what ended unasked. */
  unregister(why: Farewell): Promise<void>;
  /** True: the session is there for borrowers alone, and ends with the last of them. */
  readonly lent: boolean;
  /** Notes in the record that the session is lent no more. */
  keep(): Promise<void>;
  /** Who may be asked; guests of the control socket join it. */
  readonly attendance: Attendance;
  /** Takes AWS keys that somebody has by now, in place of those that the session began with. */
  takeKeys?(keys: AwsKeys): void;
  /** Makes the work; `folder` is private to the session and goes with it. `isLent` tells how it is now. */
  makeWork(folder: string, isLent: () => boolean): Work<Status, Stopped>;
  log(text: string): void;
  /** What the session needs beside its work and its control socket; looked at with each status, and now and then. */
  readonly things: readonly OwnThing[];
  readonly troubles: Troubles;
}

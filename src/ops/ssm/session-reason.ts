/** Whose a session of Systems Manager is. */
export interface SessionName {
  readonly label: string;
  /** Of the hotpass session, random. */
  readonly id: string;
}

/** What the service takes. Source: API reference of StartSession, Reason. */
const LONGEST = 256;

/** Writes why a session is opened: shown in the account's list of sessions, and how those of a dead supervisor are found. */
export function sessionReason({ label, id }: SessionName, reason: string | undefined): string {
  const mark = `hotpass ${label} ${id}`;
  return (reason === undefined ? mark : `${mark}: ${reason}`).slice(0, LONGEST);
}

/** Tells whether a session was opened for this one, by its reason. */
export function isReasonOf({ label, id }: SessionName, reason: string | undefined): boolean {
  const mark = `hotpass ${label} ${id}`;
  return reason === mark || reason?.startsWith(`${mark}: `) === true;
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One event of a recorded session of AWS's own client and agent. */
export interface RecordedEvent {
  /** Milliseconds since StartSession. */
  readonly t: number;
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  /** A whole message, of `binary` events. */
  readonly frame: Buffer | undefined;
  readonly text: string | undefined;
  /** Number among the frames of its sender. */
  readonly n: number | undefined;
  readonly isLost: boolean;
  readonly isCopy: boolean;
}

/** Reads a recording by its number (`01`) or name; its first line, which describes it, is left out. */
export function readRecording(name: string): readonly RecordedEvent[] {
  return linesOf(name).slice(1).map(readEvent);
}

function linesOf(name: string): readonly string[] {
  const path = fileURLToPath(new URL(`../fixtures/ssm/${name}.jsonl`, import.meta.url));
  return readFileSync(path, 'utf8').trim().split('\n');
}

/** What the first line of a recording says of it. */
export interface RecordedScenario {
  readonly document: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly connections: readonly { readonly target: { readonly sent: { readonly hex: string } } | null }[];
}

/** Reads the first line of a recording. */
export function readScenario(name: string): RecordedScenario {
  return JSON.parse(linesOf(name)[0] ?? '');
}

/** Gives the first bytes of SHA-256("0"), SHA-256("1") …, which is what the recordings move. */
export function knownBytes(length: number): Buffer {
  const pieces = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(String(index)).digest(),
  );
  return Buffer.concat(pieces).subarray(0, length);
}

/** All recordings there are. */
export const RECORDINGS = [
  '01-handshake-terminate',
  '02-http-get',
  '03-upload-echo-20000',
  '04-four-connections',
  '05-refused-target',
  '06-half-close',
  '07-cut-and-resume',
  '08-duplicates-and-reordering',
  '09-old-client-nop',
  '10-idle-timeout',
  '11-ssh-document-basic',
  '12-old-client-idle-death',
  '13-cut-lost-ack',
] as const;

function readEvent(line: string): RecordedEvent {
  const event = JSON.parse(line);
  return {
    t: event.t,
    from: event.from,
    to: event.to,
    kind: event.kind,
    frame: event.kind === 'binary' ? Buffer.from(event.hex, 'hex') : undefined,
    text: event.text,
    n: event.n,
    isLost: event.lost === true,
    isCopy: event.copy === true,
  };
}

/** The binary frames of a recording that reached `to`, or all there are, in the order of their passing. */
export function framesIn(name: (typeof RECORDINGS)[number], to?: string): readonly Buffer[] {
  return readRecording(name).flatMap((event) =>
    event.frame !== undefined && (to === undefined || (event.to === to && !event.isLost)) ? event.frame : [],
  );
}

/** What one end of a connection sent or received. */
interface RecordedBytes {
  readonly bytes: number;
  readonly sha256: string;
}

/** What the TCP ends of a recorded connection saw. */
interface RecordedConnection {
  /** Id of its stream; null without multiplexing. */
  readonly stream: number | null;
  readonly local: { readonly sent: RecordedBytes; readonly received: RecordedBytes };
  /** null where the target was not reached. */
  readonly target: { readonly sent: RecordedBytes; readonly received: RecordedBytes } | null;
}

/** Reads what the first line of a recording says of its connections. */
export function connectionsIn(name: (typeof RECORDINGS)[number]): readonly RecordedConnection[] {
  const path = fileURLToPath(new URL(`../fixtures/ssm/${name}.jsonl`, import.meta.url));
  const [first = ''] = readFileSync(path, 'utf8').split('\n', 1);
  return JSON.parse(first).connections ?? [];
}

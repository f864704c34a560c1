import { get } from 'node:http';
import { isStatus } from '../../../src/ops/net/status.ts';
import type { Ended } from '../../support/hotpass.ts';
import type { Look, Try, Word } from './judge-looks.ts';

/** Something that is done again and again until it is stopped; what it found comes with its end. */
export interface Watch<T> {
  readonly seen: readonly T[];
  /** How late it was at most, in milliseconds: the time that the machine did not give to this very process. */
  lateMs(): number;
  /** Stops and waits for what is under way. */
  stop(): Promise<void>;
}

/** Looks at this often are enough for delays of a second. */
const LOOK_EVERY_MS = 500;
const TRY_EVERY_MS = 250;
/** Longer than any service that still counts as answering. */
const TRY_MS = 2_500;
const MOST_AT_ONCE = 12;

/** Runs the real program's `net status --json` every 0.5 s, each in a process of its own. */
export function watchStatus(status: () => Promise<Ended>): Watch<Look> {
  return repeat(LOOK_EVERY_MS, async () => {
    const began = performance.now();
    const ended = await status();
    return { began, ended: performance.now(), ...wordOf(ended) };
  });
}

/** Asks a Prefect through a port of this machine, without any part of hotpass; a new connection each time. */
export function watchService(port: number): Watch<Try> {
  return repeat(TRY_EVERY_MS, async () => {
    const began = performance.now();
    const served = await isServed(port);
    return { began, ended: performance.now(), served };
  });
}

function repeat<T>(everyMs: number, act: () => Promise<T>): Watch<T> {
  const seen: T[] = [];
  const running = new Set<Promise<void>>();
  let [late, last] = [0, performance.now()];
  const timer = setInterval(() => {
    late = Math.max(late, performance.now() - last - everyMs);
    last = performance.now();
    if (running.size >= MOST_AT_ONCE) return;
    const one = act().then((found) => {
      seen.push(found);
      running.delete(one);
    });
    running.add(one);
  }, everyMs);
  return {
    seen,
    lateMs: () => late,
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
    },
  };
}

function isServed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ port, host: '127.0.0.1', path: '/api/health', agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve(answer.statusCode === 200 && body === 'true'));
      answer.on('error', () => resolve(false));
    });
    asked.on('error', () => resolve(false));
    const timer = setTimeout(() => asked.destroy(), TRY_MS);
    asked.on('close', () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

function wordOf({ stdout, stderr }: Ended): { word: Word; reason?: string } {
  const sessions = sessionsIn(stdout);
  if (sessions === undefined) return { word: 'error', reason: `${stdout}${stderr}`.slice(0, 300) };
  const [session, second] = sessions;
  if (second !== undefined) return { word: 'error', reason: `${sessions.length} sessions` };
  if (session === undefined) return { word: 'nothing' };
  return { word: session.state, ...(session.reason === undefined ? {} : { reason: session.reason }) };
}

function sessionsIn(stdout: string) {
  try {
    const value: unknown = JSON.parse(stdout);
    const isList = typeof value === 'object' && value !== null && 'sessions' in value;
    return isList && Array.isArray(value.sessions) ? value.sessions.filter(isStatus) : undefined;
  } catch {
    // Not JSON: told as it is.
    return undefined;
  }
}

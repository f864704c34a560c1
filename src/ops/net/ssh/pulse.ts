import { connect } from 'node:net';

/** The pulse of an ssh: a question that every ssh server answers, because what is asked for is not there. */
export interface Pulse {
  /** Tells whether the far side answered within this time. */
  feel(withinMs: number): Promise<boolean>;
  /** Tells whether a line of ssh is only the answer to our question, and no service's refusal. */
  isAnswer(line: string): boolean;
}

/**
 * Where the forward of the pulse leads: a unix socket that no server has. Opening it takes one round trip and no
 * connection on the far side; "not there", "not allowed" and "unknown kind of channel" are all signs of life.
 */
export const PULSE_TARGET = '/nonexistent/hotpass-pulse';

/** How long after its answer ssh's line about it may come. */
const LINE_MS = 200;

/** Makes the pulse of the ssh whose forward to `PULSE_TARGET` listens on `path`. */
export function createPulse(path: string): Pulse {
  let asked = 0;
  return {
    feel(withinMs) {
      return new Promise((resolve) => {
        asked += 1;
        const socket = connect({ path });
        const end = (answered: boolean) => {
          clearTimeout(timer);
          socket.destroy();
          setTimeout(forget, LINE_MS).unref();
          resolve(answered);
        };
        const timer = setTimeout(() => end(false), withinMs);
        socket.once('error', () => end(false));
        socket.once('end', () => end(true));
        socket.resume();
      });
    },
    isAnswer(line) {
      if (asked === 0 || !/^channel \d+: open failed: /.test(line)) return false;
      asked -= 1;
      return true;
    },
  };
  function forget() {
    asked = Math.max(0, asked - 1);
  }
}

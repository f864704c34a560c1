/** A look at whether a session is used. */
export interface IdleWatch {
  /** Takes note of a message; only stream data is use. */
  note(frame: Buffer): void;
  stop(): void;
}

/** Where the type of a message begins: `input_stream_data` or `output_stream_data`. */
const TYPE_AT = 4;
const DATA = new Set(['i'.charCodeAt(0), 'o'.charCodeAt(0)]);

/** Tells `idle` once when nobody has used a session for so long. */
export function watchIdle(idleMs: number, idle: () => void): IdleWatch {
  const timer = setTimeout(idle, idleMs);
  return {
    note(frame) {
      if (DATA.has(frame[TYPE_AT] ?? 0)) timer.refresh();
    },
    stop: () => clearTimeout(timer),
  };
}

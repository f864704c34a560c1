import type { HotpassError } from './errors.ts';

/** Where a verb speaks: the answer on stdout, everything else on stderr. */
export interface Output {
  readonly json: boolean;
  /** Prints the verb's answer, once a run: JSON prints the bare value, text prints `render(value, style)`. */
  result<T>(value: T, render: (value: T, style: Style) => string): void;
  /** Prints one item of an answer that goes on (`logs -f`, `--watch`): NDJSON, or one rendered line. */
  item<T>(value: T, render: (value: T, style: Style) => string): void;
  /**
   * Shows the newest state of something that is watched: over the one before on a terminal, where `render` is its text,
   * and as NDJSON with `--json` and everywhere else.
   */
  redraw<T>(value: T, render: (value: T, style: Style) => string): void;
  /** A remark. Dropped by `--json` and `--quiet`. */
  note(text: string): void;
  /** A remark of use to who looks for a cause. Printed with `--verbose` only. */
  detail(text: string): void;
  /** Something the operator should change. Dropped by `--json`. */
  warn(text: string): void;
  /** Shows what is being waited for: redrawn in place on a terminal, dropped elsewhere. Empty text clears it. */
  progress(text: string): void;
  /** Prints an error: JSON on stdout with `--json`, else on stderr. `exitCode` where the verb has another than it. */
  error(error: HotpassError, exitCode?: number): void;
}

/** Colours of state words; identity functions where colour is off. */
export interface Style {
  good(text: string): string;
  bad(text: string): string;
  busy(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
  readonly columns: number;
  readonly unicode: boolean;
}

import type { HotpassError } from '../errors.ts';
import type { Output } from '../output.ts';
import { printable } from '../printable.ts';
import type { Terminal } from '../system.ts';
import { drawOver } from './screen.ts';
import { createStyle, type Palette, plainPalette } from './style.ts';

/** How the program speaks in one run. */
export interface OutputMode {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly noColor: boolean;
}

/** Where an Output writes to. */
export interface Streams {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** The argument object of `createOutput`. */
export interface CreateOutput {
  readonly streams: Streams;
  readonly mode: OutputMode;
  readonly terminal: Terminal;
  /** False for TERM=dumb: progress is then not shown. */
  readonly canRedraw: boolean;
  readonly stdoutPalette?: Palette;
  readonly stderrPalette?: Palette;
}

const ERASE_LINE = '\r\u001b[2K';

/** Makes the output port. Text from outside cannot steer the terminal through notes, errors or progress. */
export function createOutput(options: CreateOutput): Output {
  const { streams, mode, terminal } = options;
  const style = createStyle(options.stdoutPalette ?? plainPalette, terminal);
  const palette = options.stderrPalette ?? plainPalette;
  const showsProgress = terminal.stderr && options.canRedraw && !mode.json && !mode.quiet;
  let progress = '';
  let hasResult = false;
  /** Lines of the block above the cursor that the next drawing goes over. */
  let drawn = 0;

  const clear = () => {
    if (progress !== '') streams.stderr(ERASE_LINE);
    progress = '';
  };
  const answer = (text: string) => {
    clear();
    streams.stdout(text.endsWith('\n') || text === '' ? text : `${text}\n`);
  };
  const spell = (text: string) => (terminal.unicode ? text : text.replaceAll('…', '...'));
  const say = (text: string) => {
    clear();
    drawn = 0;
    streams.stderr(`${spell(text)}\n`);
  };
  return {
    json: mode.json,
    result(value, render) {
      if (hasResult) throw new Error('result() was called twice in one run');
      hasResult = true;
      answer(mode.json ? toJson(value, terminal.stdout) : render(value, style));
    },
    item(value, render) {
      hasResult = true;
      answer(mode.json ? toJson(value, false) : render(value, style));
    },
    redraw(value, render) {
      if (mode.json || !terminal.stdout) {
        hasResult = true;
        return answer(toJson(value, false));
      }
      if (!options.canRedraw) return answer(`${render(value, style)}\n\n`);
      clear();
      const { text, height } = drawOver(render(value, style).split('\n'), drawn, terminal);
      streams.stdout(text);
      drawn = height;
    },
    note(text) {
      if (!mode.json && !mode.quiet) say(`note: ${oneLine(text)}`);
    },
    detail(text) {
      if (!mode.json && mode.verbose) say(palette.dim(oneLine(text)));
    },
    warn(text) {
      if (!mode.json) say(`${palette.busy('warning:')} ${oneLine(text)}`);
    },
    progress(text) {
      if (!showsProgress) return;
      const next = [...spell(oneLine(text))].slice(0, Math.max(1, terminal.columns - 1)).join('');
      if (next === progress) return;
      streams.stderr(`${progress === '' ? '' : ERASE_LINE}${next}`);
      progress = next;
    },
    error(error, exitCode = error.exitCode) {
      // stdout holds one document: an error that follows an answer is told beside it.
      if (mode.json && !hasResult) answer(toJson({ error: errorValue(error, exitCode) }, false));
      else say(renderError(error, palette));
    },
  };
}

/** Gives an error the shape that `--json` promises. */
function errorValue(error: HotpassError, exitCode: number): Record<string, unknown> {
  const { code, message, hint, details } = error;
  return { code, message, hint: hint ?? null, exitCode, ...(details === undefined ? {} : { details }) };
}

function renderError(error: HotpassError, palette: Palette): string {
  const parts = [
    ['while', error.doing],
    ['state', error.state],
    ['next', error.hint],
  ] as const;
  const lines = parts.flatMap(([word, text]) =>
    text === undefined ? [] : [`  ${word.padEnd(7)} ${oneLine(text)}`],
  );
  const stack = error.code === 'unexpected' && Array.isArray(error.details) ? error.details : [];
  const trace = stack.map((line) => `  ${oneLine(String(line))}`);
  return [`${palette.bad('error:')} ${oneLine(error.message)}  [${error.code}]`, ...lines, ...trace].join(
    '\n',
  );
}

function oneLine(text: string): string {
  return printable(text.trim().replace(/\s*[\r\n]+\s*/g, ' '));
}

/** JSON leaves DEL and the 8-bit controls raw, which a terminal obeys. */
function toJson(value: unknown, isPretty: boolean): string {
  const text = JSON.stringify(value ?? null, null, isPretty ? 2 : undefined);
  return text.replace(/[\u007f-\u009f]/g, (char) => `\\u00${(char.codePointAt(0) ?? 0).toString(16)}`);
}

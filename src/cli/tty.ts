import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { Tty } from '../system.ts';

const PATH = '/dev/tty';

/**
 * Makes what opens the terminal of this process, as ssh does: also when stdin and stdout lead elsewhere. It gives
 * undefined when there is none. Who asks while another asks waits: there is one line to type on. `interrupt` is called
 * when Ctrl-C is typed.
 */
export function createTtyOpener(interrupt: () => void): () => Tty | undefined {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const handle = openTerminal();
    if (handle === undefined) return undefined;
    const ask = async (prompt: string, echo: boolean, signal: AbortSignal) => {
      if (signal.aborted) return undefined;
      const line = await readLine(echo, signal, interrupt, () => write(handle, prompt));
      // What was typed without echo did not end its line; nor did who gave up.
      if (!echo || line === undefined) write(handle, '\n');
      return line;
    };
    return {
      write: (text) => write(handle, text),
      readLine(prompt, echo, signal) {
        const mine = last.then(() => ask(prompt, echo, signal));
        last = mine.catch(() => undefined);
        return mine;
      },
      close: () => closeSync(handle),
    };
  };
}

function openTerminal(): number | undefined {
  try {
    return openSync(PATH, constants.O_WRONLY | constants.O_NOCTTY);
  } catch {
    // Whatever the reason: there is nobody to ask.
    return undefined;
  }
}

function write(handle: number, text: string): void {
  try {
    writeSync(handle, text);
  } catch {
    // The terminal went away: SIGHUP tells.
  }
}

function readLine(
  echo: boolean,
  signal: AbortSignal,
  interrupt: () => void,
  showPrompt: () => void,
): Promise<string | undefined> {
  // One of its own for each line: what is typed between two questions is not ours to swallow.
  const input = new ReadStream(openSync(PATH, constants.O_RDONLY | constants.O_NOCTTY));
  return new Promise((resolve) => {
    let line = '';
    const restore = () => {
      if (!echo && !input.destroyed) input.setRawMode(false);
      input.destroy();
    };
    const end = (result: string | undefined) => {
      signal.removeEventListener('abort', giveUp);
      restore();
      resolve(result);
    };
    const giveUp = () => end(undefined);
    signal.addEventListener('abort', giveUp);
    // With echo the terminal itself shows, edits and interrupts; without, a raw one leaves all of that to us.
    // Before the prompt: who is quick may not see what they type.
    if (!echo) input.setRawMode(true);
    showPrompt();
    input.setEncoding('utf8');
    input.on('data', (chunk: string) => {
      const typed = typeLine(line, chunk);
      line = typed.line;
      if (typed.end === 'line') end(line);
      if (typed.end === 'input') end(undefined);
      if (typed.end === 'interrupt') {
        // The signal comes in a moment: whoever interrupts has not declined.
        restore();
        interrupt();
      }
    });
    input.on('end', giveUp);
    input.on('error', giveUp);
  });
}

/** What a line is after more was typed, and whether that ended it. */
interface Typed {
  readonly line: string;
  readonly end?: 'line' | 'input' | 'interrupt';
}

/** Types into a line the way a terminal does (termios(3), canonical mode). Pure. */
export function typeLine(start: string, typed: string): Typed {
  let line = start;
  for (const key of typed) {
    if (key === '\r' || key === '\n') return { line, end: 'line' };
    if (key === '\u0003' || key === '\u001c') return { line: '', end: 'interrupt' };
    if (key === '\u0004') return line === '' ? { line, end: 'input' } : { line, end: 'line' };
    if (key === '\u007f' || key === '\b') line = [...line].slice(0, -1).join('');
    else if (key === '\u0015') line = '';
    else if (key === '\u0017') line = line.replace(/\S*\s*$/, '');
    // Ctrl-Z stops nothing here: the terminal would be left without echo.
    else if (key !== '\u001a') line += key;
  }
  return { line };
}

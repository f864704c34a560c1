import { printable } from '../printable.ts';
import { whenAborted } from '../signals.ts';
import type { System, Tty } from '../system.ts';
import { type Ask, createAttendance, type Question } from './supervisor/attendance.ts';

/** The person at this program's terminal. */
export interface Person {
  readonly ask: Ask;
  /** Milliseconds for which they were being asked so far. */
  takenMs(): number;
  /** Takes the terminal away again. */
  close(): void;
}

/** Stands in for a person where nothing is asked, and all that is wanted is a try at once. */
export const NOBODY: Person = { ask: async () => undefined, takenMs: () => 0, close: () => {} };

/** Finds the person at the terminal, also when stdin and stdout lead elsewhere; undefined when there is no terminal. */
export async function findPerson(
  sys: Pick<System, 'monotonic' | 'openTty' | 'out' | 'signal'>,
): Promise<Person | undefined> {
  const tty = await sys.openTty();
  if (tty === undefined) return undefined;
  const attendance = createAttendance(sys);
  const leave = attendance.join((question, voided) => {
    const over = AbortSignal.any([voided, sys.signal]);
    sys.out.progress('');
    return question.kind === 'notice' ? tell(tty, question, over) : ask(tty, question, over);
  });
  return {
    ask: async (question, voided) => (await attendance.ask(question, voided))?.answer,
    takenMs: attendance.takenMs,
    close() {
      leave();
      tty.close();
    },
  };
}

async function ask(tty: Tty, question: Question, over: AbortSignal): Promise<string | undefined> {
  if (question.kind !== 'confirm') return tty.readLine(shown(question), question.kind === 'open', over);
  const answer = await tty.readLine(`${shown(question)} (yes/no) `, true, over);
  return /^\s*y(es)?\s*$/i.test(answer ?? '') ? 'yes' : undefined;
}

function tell(tty: Tty, question: Question, over: AbortSignal): Promise<undefined> {
  tty.write(`${shown(question)}\n`);
  return whenAborted(over);
}

/** Who asks, and what they say to the letter; control characters become visible. */
function shown({ from, text, kind }: Question): string {
  const lines = text.split(/\r?\n/).map(printable);
  return `${from} ${kind === 'notice' ? 'says' : 'asks'}:\n${lines.join('\n')}`;
}

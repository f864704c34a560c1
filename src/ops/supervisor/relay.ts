/**
 * Questions on their way from a session's background process to the program that waits at a terminal, and answers
 * back: lines of a control socket, or messages between the two processes. An answer is written down nowhere.
 */
import { createAbort } from '../../signals.ts';
import type { Ask, Question } from './attendance.ts';

type Asked = Question & { readonly ask: number };
type Answered = { readonly answer: number; readonly text?: string | undefined };

/** One end of a relay: is given each line that the other end says. */
interface RelayEnd {
  hear(line: unknown): void;
}

/** Makes the end of who asks; `tell` sends a line to the other one. */
export function relayQuestions(tell: (line: object) => void): RelayEnd & { readonly ask: Ask } {
  const waiting = new Map<number, (text: string | undefined) => void>();
  let last = 0;
  return {
    ask(question, voided) {
      last += 1;
      const id = last;
      return new Promise((resolve) => {
        const drop = () => {
          tell({ drop: id });
          settle(undefined);
        };
        const settle = (text: string | undefined) => {
          waiting.delete(id);
          voided.removeEventListener('abort', drop);
          resolve(text);
        };
        waiting.set(id, settle);
        voided.addEventListener('abort', drop);
        tell({ ask: id, ...question });
      });
    },
    hear(line) {
      if (isAnswer(line)) waiting.get(line.answer)?.(line.text);
    },
  };
}

/** Makes the end of who answers: each question goes to `ask`, and what it gives to `say`. */
export function relayAnswers(ask: Ask, say: (line: object) => void): RelayEnd {
  const open = new Map<number, AbortController>();
  const answer = async ({ ask: id, ...question }: Asked) => {
    const voided = createAbort();
    open.set(id, voided);
    const text = await ask(question, voided.signal);
    open.delete(id);
    const answered: Answered = { answer: id, text };
    if (!voided.signal.aborted) say(answered);
  };
  return {
    hear(line) {
      if (isQuestion(line)) void answer(line);
      else if (isDrop(line)) open.get(line.drop)?.abort();
    },
  };
}

function isAnswer(line: unknown): line is Answered {
  if (typeof line !== 'object' || line === null || !('answer' in line)) return false;
  return !('text' in line) || line.text === undefined || typeof line.text === 'string';
}

function isQuestion(line: unknown): line is Asked {
  return (
    typeof line === 'object' &&
    line !== null &&
    'ask' in line &&
    'from' in line &&
    typeof line.from === 'string' &&
    'text' in line &&
    typeof line.text === 'string' &&
    'kind' in line
  );
}

function isDrop(line: unknown): line is { readonly drop: number } {
  return typeof line === 'object' && line !== null && 'drop' in line && typeof line.drop === 'number';
}

import { asHotpassError, HotpassError } from '../../../errors.ts';
import { createAbort, whenAborted } from '../../../signals.ts';
import type { System } from '../../../system.ts';

/** What came of one question. */
export type Answer<T> =
  | { readonly kind: 'got'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: HotpassError }
  /** Never asked: what it takes to ask was not there. */
  | { readonly kind: 'unasked' };

/** Asks questions side by side, all of them until one moment. */
export interface Asking {
  /** Asks; what does not answer in time fails by itself. Rejects only when the run is interrupted. */
  ask<T>(ask: Question<T>): Promise<Answer<T>>;
  /** Asks as soon as what it takes is there, and not at all where that failed. */
  askAfter<A, T>(first: Promise<Answer<A>>, ask: (value: A) => Question<T>): Promise<Answer<T>>;
  /** Gives up what is still being asked. */
  close(): void;
}

/** One question, and who it is put to. */
interface Question<T> {
  /** Who does not answer, when there is no answer: `STS`. */
  readonly whom: string;
  readonly lateCode: 'aws-unreachable' | 'eks-unreachable';
  readonly put: (signal: AbortSignal) => Promise<T>;
}

/** An answer that was never asked for. */
export const UNASKED = { kind: 'unasked' } as const;

/**
 * Starts to ask. What is late says to type `again` with more time; `onProgress` hears of each answer who is still being
 * waited for.
 */
export function startAsking(
  sys: Pick<System, 'signal' | 'sleep'>,
  timeoutMs: number,
  again: string,
  onProgress: (waitingFor: readonly string[]) => void,
): Asking {
  const end = createAbort();
  const interrupt = () => end.abort();
  if (sys.signal.aborted) interrupt();
  sys.signal.addEventListener('abort', interrupt, { once: true });
  const timeUp = Promise.race([sys.sleep(timeoutMs, end.signal), whenAborted(end.signal)]);
  const isLate = timeUp.then(() => end.abort());
  const waitingFor: string[] = [];
  const ask: Asking['ask'] = async ({ whom, lateCode, put }) => {
    waitingFor.push(whom);
    onProgress(waitingFor);
    const late = isLate.then(() => {
      if (sys.signal.aborted) throw sys.signal.reason;
      throw new HotpassError(lateCode, `${whom} did not answer within ${timeoutMs / 1000} s`, {
        hint: `${again} --timeout 1m`,
      });
    });
    try {
      return { kind: 'got', value: await Promise.race([put(end.signal), late]) };
    } catch (error) {
      if (sys.signal.aborted) throw error;
      // What the signal ended was late, whatever it says itself.
      return {
        kind: 'failed',
        error: end.signal.aborted ? await late.catch(asHotpassError) : asHotpassError(error),
      };
    } finally {
      waitingFor.splice(waitingFor.indexOf(whom), 1);
      onProgress(waitingFor);
    }
  };
  return {
    ask,
    async askAfter(first, question) {
      const answer = await first;
      return answer.kind === 'got' ? ask(question(answer.value)) : UNASKED;
    },
    close() {
      sys.signal.removeEventListener('abort', interrupt);
      end.abort();
    },
  };
}

/** Gives what was answered; undefined where nothing was. */
export function gotten<T>(answer: Answer<T>): T | undefined {
  return answer.kind === 'got' ? answer.value : undefined;
}

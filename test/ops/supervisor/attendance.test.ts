import { describe, expect, it } from 'vitest';
import { createDeferred } from '../../../src/deferred.ts';
import {
  type Ask,
  createAttendance,
  type Question,
  waitWithPeople,
} from '../../../src/ops/supervisor/attendance.ts';
import { relayAnswers, relayQuestions } from '../../../src/ops/supervisor/relay.ts';
import { NEVER, whenAborted } from '../../../src/signals.ts';
import { realTime } from '../net/support.ts';

const question: Question = { from: 'ssh (b)', text: 'Passphrase: ', kind: 'secret' };

describe('those who attend', () => {
  it('are asked in the order in which they came', async () => {
    const attendance = createAttendance(realTime);
    attendance.join(async () => 'first');
    attendance.join(async () => 'second');
    expect(await attendance.ask(question, NEVER)).toEqual({ answer: 'first' });
  });

  it('take a question over from one who leaves', async () => {
    const attendance = createAttendance(realTime);
    const leave = attendance.join(() => new Promise(() => {}));
    const answer = attendance.ask(question, NEVER);
    attendance.join(async () => 'second');
    leave();
    expect(await answer).toEqual({ answer: 'second' });
    expect(attendance.isPresent()).toBe(true);
  });

  it('are nobody when the last one left over a question', async () => {
    const attendance = createAttendance(realTime);
    const leave = attendance.join((_, voided) => whenAborted(voided));
    const answer = attendance.ask(question, NEVER);
    leave();
    expect(await answer).toBeUndefined();
    expect(attendance.isPresent()).toBe(false);
  });

  it('may decline, and are not asked what is void', async () => {
    const attendance = createAttendance(realTime);
    const asked = createDeferred<AbortSignal>();
    attendance.join((_, voided) => {
      asked.resolve(voided);
      return whenAborted(voided);
    });
    const controller = new AbortController();
    const answer = attendance.ask(question, controller.signal);
    controller.abort();
    expect(await answer).toEqual({ answer: undefined });
    expect((await asked.promise).aborted).toBe(true);
  });

  it('have time to answer: it is counted, and not waited against', async () => {
    const clock = { ms: 0 };
    const sys = {
      monotonic: () => clock.ms,
      sleep: async (ms: number) => {
        clock.ms += ms;
      },
    };
    const attendance = createAttendance(sys);
    const typed = createDeferred<string>();
    attendance.join(() => typed.promise);
    await waitWithPeople(sys, 1_000, attendance, NEVER);
    expect(clock.ms).toBe(1_000);
    const answer = attendance.ask(question, NEVER);
    clock.ms += 60_000;
    typed.resolve('x');
    await answer;
    clock.ms += 500;
    expect(attendance.takenMs()).toBe(60_000);
  });
});

describe('a relay', () => {
  /** Two ends in one process; keeps what goes over the line. */
  const connectEnds = (ask: Ask) => {
    const lines: string[] = [];
    const asking = relayQuestions((line) => {
      lines.push(JSON.stringify(line));
      answering.hear(JSON.parse(JSON.stringify(line)));
    });
    const answering = relayAnswers(ask, (line) => asking.hear(JSON.parse(JSON.stringify(line))));
    return { ask: asking.ask, lines };
  };

  it('carries a question there and the answer back', async () => {
    const seen: Question[] = [];
    const { ask } = connectEnds(async (one) => {
      seen.push(one);
      return 'open sesame';
    });
    expect(await ask(question, NEVER)).toBe('open sesame');
    expect(seen).toEqual([question]);
  });

  it('tells that somebody declined', async () => {
    const { ask } = connectEnds(async () => undefined);
    expect(await ask(question, NEVER)).toBeUndefined();
  });

  it('tells that a question is void', async () => {
    const dropped = createDeferred<void>();
    const { ask, lines } = connectEnds(async (_, voided) => {
      await whenAborted(voided);
      dropped.resolve();
      return 'too late';
    });
    const controller = new AbortController();
    const answer = ask(question, controller.signal);
    controller.abort();
    expect(await answer).toBeUndefined();
    await dropped.promise;
    expect(lines).toEqual([expect.stringContaining('"ask":1'), '{"drop":1}']);
  });

  it('keeps questions apart, and is not led astray by nonsense', async () => {
    const { ask } = connectEnds(async ({ text }) => `to ${text}`);
    const { hear } = relayQuestions(() => {});
    for (const line of [undefined, null, 1, 'x', {}, { answer: 'x' }, { answer: 9, text: 1 }]) hear(line);
    const answers = ['a', 'b'].map((text) => ask({ ...question, text }, NEVER));
    expect(await Promise.all(answers)).toEqual(['to a', 'to b']);
  });
});

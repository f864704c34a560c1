import { expect, it } from 'vitest';
import { findPerson } from '../../src/ops/person.ts';
import type { Question } from '../../src/ops/supervisor/attendance.ts';
import { NEVER } from '../../src/signals.ts';
import type { Tty } from '../../src/system.ts';
import { testSystem } from '../support/system.ts';

const question: Question = { from: 'ssh (b)', text: 'Passphrase: ', kind: 'secret' };

/** A person whose next answers are known, and what their terminal shows. */
async function personWho(...answers: (string | undefined)[]) {
  const shown: string[] = [];
  const interrupt = new AbortController();
  const tty: Tty = {
    write: (text) => shown.push(text),
    async readLine(prompt, echo) {
      shown.push(prompt, echo ? '(echo)' : '(no echo)');
      return answers.shift();
    },
    close: () => shown.push('closed'),
  };
  const sys = testSystem({ openTty: async () => tty, signal: interrupt.signal });
  const person = await findPerson(sys);
  if (person === undefined) throw new Error('nobody is there');
  return { person, shown: () => shown.join(''), interrupt };
}

it('is nobody where there is no terminal', async () => {
  expect(await findPerson(testSystem())).toBeUndefined();
});

it('sees who asks and what, and types a secret unseen', async () => {
  const { person, shown } = await personWho('open sesame');
  expect(await person.ask(question, NEVER)).toBe('open sesame');
  expect(shown()).toBe('ssh (b) asks:\nPassphrase: (no echo)');
});

it('sees an open answer while it is typed', async () => {
  const { person, shown } = await personWho('yes');
  expect(await person.ask({ ...question, kind: 'open' }, NEVER)).toBe('yes');
  expect(shown()).toContain('(echo)');
});

it.each([
  ['yes', 'yes'],
  ['Y', 'yes'],
  ['no', undefined],
  ['', undefined],
  ['yesterday', undefined],
  [undefined, undefined],
])('allows by %j: %j', async (typed, allowed) => {
  const { person, shown } = await personWho(typed);
  expect(await person.ask({ ...question, text: 'Add key?', kind: 'confirm' }, NEVER)).toBe(allowed);
  expect(shown()).toContain('Add key? (yes/no) ');
});

it('is told a notice until it is void, and types nothing', async () => {
  const { person, shown } = await personWho();
  const voided = new AbortController();
  const told = person.ask({ ...question, text: 'Touch the key', kind: 'notice' }, voided.signal);
  voided.abort();
  expect(await told).toBeUndefined();
  expect(shown()).toBe('ssh (b) says:\nTouch the key\n');
});

it('is safe from what steers a terminal, and sees all lines', async () => {
  const { person, shown } = await personWho('x');
  await person.ask({ ...question, text: 'one\r\n\u001b[2Jtwo\u0007' }, NEVER);
  expect(shown()).toContain('one\n\\x1b[2Jtwo\\x07');
});

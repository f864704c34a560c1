import { expect, it } from 'vitest';
import { createStyle, plainPalette } from '../../../src/cli/style.ts';
import { renderResumed } from '../../../src/commands/net/render-resume.ts';
import { forwardStatus, sessionStatus } from '../../ops/net/statuses.ts';
import { nextCommands, parseCommand } from '../../support/next-commands.ts';

const terminal = { stdin: false, stdout: true, stderr: true, columns: 100, rows: 24, unicode: true };
const plain = createStyle(plainPalette, terminal);
const of = (label: string) => ({ label, target: label });

it('shows each session, why one is not back, and what to type', () => {
  const marquez = forwardStatus({ name: 'marquez', local: ['127.0.0.1:5001'] });
  const text = renderResumed(
    [
      {
        ...of('staging'),
        outcome: 'resumed',
        status: sessionStatus({ forwards: [forwardStatus(), marquez] }),
      },
      {
        ...of('prod'),
        outcome: 'failed',
        reason: 'port 4210 is taken',
        code: 'port-busy',
        next: 'hotpass net up prod',
      },
      {
        ...of('slow'),
        outcome: 'failed',
        reason: 'slow is degraded: no answer',
        code: 'service-not-answering',
        status: sessionStatus({ state: 'degraded' }),
      },
      { ...of('live'), outcome: 'already-up' },
      { ...of('unit'), outcome: 'left', reason: 'it ran in the foreground of who started it' },
    ],
    plain,
  );
  expect(text).toMatchInlineSnapshot(`
    "SESSION   OUTCOME      FORWARD   LOCAL            SERVICE
    staging   back         prefect   127.0.0.1:4200   Prefect 3.4.11, 12 ms
                           marquez   127.0.0.1:5001   Prefect 3.4.11, 12 ms
    prod      failed
      port 4210 is taken  [port-busy]
      next: hotpass net up prod
    slow      degraded     prefect   127.0.0.1:4200   Prefect 3.4.11, 12 ms
      slow is degraded: no answer  [service-not-answering]
    live      up already
    unit      left out
      it ran in the foreground of who started it
    5 sessions: 1 back, 1 failed, 1 degraded, 1 up already, 1 left out"
  `);
  expect(nextCommands(text)).toHaveLength(1);
  nextCommands(text).forEach(parseCommand);
});

it('says when there is nothing to bring back', () => {
  expect(renderResumed([], plain)).toBe('nothing to resume');
  expect(renderResumed([{ ...of('live'), outcome: 'already-up' }], plain)).toMatch(
    /\nnothing to resume; 1 session: 1 up already$/,
  );
});

it('lets no record steer the terminal', () => {
  const clear = 'x\u001b[2J';
  const text = renderResumed(
    [{ ...of(clear), outcome: 'failed', reason: clear, code: clear, next: clear }],
    plain,
  );
  expect(text).not.toContain('\u001b');
  expect(text.match(/x\\x1b/g)).toHaveLength(4);
});

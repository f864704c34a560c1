import { expect, it } from 'vitest';
import { createStyle, plainPalette } from '../../../src/cli/style.ts';
import { renderStatus } from '../../../src/commands/net/render-status.ts';
import type { SessionList } from '../../../src/ops/net/list-sessions.ts';
import { forwardStatus, sessionStatus } from '../../ops/net/statuses.ts';
import { nextCommands, parseCommand } from '../../support/next-commands.ts';

const now = new Date('2026-01-01T12:00:02.000Z');
const terminal = { stdin: false, stdout: true, stderr: true, columns: 100, rows: 24, unicode: true };
const plain = createStyle(plainPalette, terminal);
const NOTHING: SessionList = {
  project: '/home/op/data/.hotpass',
  sessions: [],
  others: [],
  otherProjects: [],
};

const render = (list: Partial<SessionList>, style = plain): string => {
  const text = renderStatus({ ...NOTHING, ...list }, now, style);
  nextCommands(text).forEach(parseCommand);
  return text;
};
const traffic = { active: 0, held: 2, total: 3, refused: 0, sentBytes: 0, receivedBytes: 0 };

it('shows a line a forward, and the age of what was seen', () => {
  const marquez = forwardStatus({ name: 'marquez', local: ['127.0.0.1:5001'] });
  expect(
    render({ sessions: [sessionStatus({ forwards: [forwardStatus(), marquez] })] }),
  ).toMatchInlineSnapshot(`
    "TARGET    VIA   STATE   FOR      FORWARD   LOCAL            SERVICE                 CHECKED
    staging   ssh   ready   2h 14m   prefect   127.0.0.1:4200   Prefect 3.4.11, 12 ms   2 s ago
                                     marquez   127.0.0.1:5001   Prefect 3.4.11, 12 ms   2 s ago
    1 session: 1 ready"
  `);
});

it('shows under a session that is not ready why, and what to type', () => {
  const down = {
    port: { state: 'ok', how: 'listening', checkedAt: now.toISOString() },
    transport: { state: 'failed', how: 'bastion has no address', checkedAt: now.toISOString() },
    service: { state: 'unknown', how: 'not asked while the tunnel is down' },
  } as const;
  expect(
    render({
      sessions: [
        sessionStatus(),
        sessionStatus({
          label: 'prod-ro',
          target: 'prod',
          state: 'reconnecting',
          since: '2026-01-01T11:59:22.000Z',
          reason: 'bastion has no address',
          code: 'ssh-unreachable',
          hint: 'is the VPN up, and is bastion the right name?',
          retry: { attempt: 4, inSeconds: 8 },
          next: 'hotpass net logs prod-ro',
          forwards: [forwardStatus({ layers: down, traffic })],
        }),
        sessionStatus({
          label: 'quiet',
          via: 'direct',
          state: 'degraded',
          reason: 'prefect: connection refused behind the tunnel',
          next: 'hotpass net logs quiet',
          warnings: ['the log cannot be written: no space left on device'],
          forwards: [
            forwardStatus({
              layers: {
                ...forwardStatus().layers,
                service: {
                  state: 'failed',
                  how: 'connection refused behind the tunnel',
                  checkedAt: now.toISOString(),
                },
              },
              warnings: ['its web UI calls http://10.0.0.1:4200/api'],
            }),
          ],
        }),
      ],
    }),
  ).toMatchInlineSnapshot(`
    "TARGET            VIA      STATE          FOR      FORWARD   LOCAL            SERVICE                                CHECKED
    staging           ssh      ready          2h 14m   prefect   127.0.0.1:4200   Prefect 3.4.11, 12 ms                  2 s ago
    prod-ro (prod)    ssh      reconnecting   40 s     prefect   127.0.0.1:4200   holding 2 clients                      now
      try 4 in 8 s: bastion has no address
      is the VPN up, and is bastion the right name?
      next: hotpass net logs prod-ro
    quiet (staging)   direct   degraded       2h 14m   prefect   127.0.0.1:4200   connection refused behind the tunnel   now
      prefect: connection refused behind the tunnel
      next: hotpass net logs quiet
      warning: the log cannot be written: no space left on device
      warning: prefect: its web UI calls http://10.0.0.1:4200/api
    3 sessions: 1 ready, 1 reconnecting, 1 degraded"
  `);
});

it('tells the newest break of today above the verdict', () => {
  const last = { at: now.toISOString(), seconds: 41.26, reason: 'the way was lost', kept: 2, lost: 0 };
  const lines = render({ sessions: [sessionStatus({ breaks: [last] })] }).split('\n');
  expect(lines.at(-2)).toMatch(
    /^today: staging \d\d:\d\d:\d\d \+41 s, the way was lost, 2 connections kept, 0 lost$/,
  );
});

it('says that there is nothing, and where else there is something', () => {
  expect(render({})).toBe('no session in this project');
  expect(
    render({
      otherProjects: [
        { project: '/home/op/billing/.hotpass', count: 1 },
        { project: '/home/op/x/.hotpass', count: 2 },
      ],
    }),
  ).toMatchInlineSnapshot(`
    "no session in this project
    other projects: /home/op/billing/.hotpass (1 session), /home/op/x/.hotpass (2 sessions); --all shows them"
  `);
});

it('shows and counts the sessions of other projects when they were asked for, and says whose they are', () => {
  const here = sessionStatus();
  const other = { project: '/home/op/billing/.hotpass', label: 'billing', target: 'billing' };
  const next = `hotpass net logs billing --state-dir ${other.project}`;
  const others = [sessionStatus({ ...other, state: 'degraded', reason: 'no answer', next })];
  const otherProjects = [{ project: other.project, count: 1 }];
  expect(render({ sessions: [here], others, otherProjects })).toMatchInlineSnapshot(`
    "TARGET    VIA   STATE      FOR      FORWARD   LOCAL            SERVICE                 CHECKED
    staging   ssh   ready      2h 14m   prefect   127.0.0.1:4200   Prefect 3.4.11, 12 ms   2 s ago
    billing   ssh   degraded   2h 14m   prefect   127.0.0.1:4200   Prefect 3.4.11, 12 ms   2 s ago
      of /home/op/billing/.hotpass
      no answer
      next: hotpass net logs billing --state-dir /home/op/billing/.hotpass
    2 sessions: 1 ready, 1 degraded"
  `);
  expect(render({ others, otherProjects }).split('\n').at(-1)).toBe('1 session: 1 degraded');
});

it('colours the state word alone, and the layout stays the same', () => {
  const mark = (sign: string) => (text: string) => `<${sign}${text}>`;
  const palette = { good: mark('+'), bad: mark('!'), busy: mark('~'), dim: mark('.'), bold: mark('*') };
  const states = ['ready', 'degraded', 'failed', 'elsewhere'] as const;
  const list = { sessions: states.map((state) => sessionStatus({ state })) };
  const coloured = render(list, createStyle(palette, terminal));
  for (const word of ['<+ready>', '<~degraded>', '<!failed>', '<.elsewhere>'])
    expect(coloured).toContain(word);
  expect(coloured.replaceAll(/<[+!~.*]([^>]*)>/g, '$1')).toBe(render(list));
});

it('lets nobody behind the tunnel steer the terminal', () => {
  const clear = 'x\u001b[2J';
  const layers = { ...forwardStatus().layers, service: { state: 'ok', how: clear } as const };
  const forwards = [forwardStatus({ layers, warnings: [clear] })];
  const text = render({
    sessions: [sessionStatus({ state: 'failed', reason: clear, next: clear, forwards })],
  });
  expect(text).not.toContain('\u001b');
  expect(text.match(/x\\x1b/g)).toHaveLength(4);
});

it('lets no record that came with a repository steer the terminal', () => {
  const clear = 'x\u001b[2J';
  const forwards = [forwardStatus({ name: clear, local: [clear] })];
  const text = render({
    sessions: [sessionStatus({ label: clear, target: clear, project: clear, forwards })],
  });
  const elsewhere = render({ otherProjects: [{ project: clear, count: 1 }] });
  expect(text + elsewhere).not.toContain('\u001b');
  expect(text.match(/x\\x1b/g)).toHaveLength(4);
  expect(elsewhere).toContain('x\\x1b');
});

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readSaid } from '../../../../src/ops/ssm/plugin/said.ts';

const folder = new URL('../../../fixtures/ssm/', import.meta.url);

/** What the official plugin printed in a recording, line by line. */
function printedIn(file: string): string[] {
  const [head = ''] = readFileSync(new URL(file, folder), 'utf8').split('\n', 1);
  const recording: unknown = JSON.parse(head);
  const stdout = /"stdout":"((?:[^"\\]|\\.)*)"/.exec(JSON.stringify(recording))?.[1] ?? '';
  return String(JSON.parse(`"${stdout}"`))
    .split('\n')
    .filter((line) => line !== '');
}

const recordings = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));

it.each(recordings.filter((name) => !name.startsWith('11')))(
  'understands every line of recording %s',
  (file) => {
    const said = printedIn(file).map(readSaid);
    expect(said.length).toBeGreaterThan(2);
    expect(said.map(({ kind }) => kind)).not.toContain('message');
    expect(said).toContainEqual({ kind: 'listening', port: expect.any(Number) });
  },
);

it.each([
  ['05-refused-target.jsonl', { kind: 'refused' }],
  ['10-idle-timeout.jsonl', { kind: 'closed', output: 'Your session timed out due to inactivity.' }],
  ['12-old-client-idle-death.jsonl', { kind: 'closed', output: '' }],
])('takes from recording %s what matters in it', (file, expected) => {
  expect(printedIn(file).map(readSaid)).toContainEqual(expected);
});

it.each([
  ["Cannot perform start session: Can't send message: Connection is closed.", 'failed'],
  ['Session: operator-0123 timed out.', 'over'],
  ['This session is recorded.', 'message'],
  ['Port 0x10 opened for sessionId x.', 'message'],
])('takes "%s" for %s', (line, kind) => {
  expect(readSaid(line)).toMatchObject({ kind });
});

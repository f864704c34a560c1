import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { openAsking } from '../../../../src/ops/net/ssh/asking.ts';
import { type Ask, createAttendance } from '../../../../src/ops/supervisor/attendance.ts';
import { builtProgram } from '../../../support/hotpass.ts';
import { testSystem } from '../../../support/system.ts';
import { realTime } from '../support.ts';

const askpass = join(dirname(builtProgram), 'askpass.js');
const gateway = { host: 'b', jump: [], options: [] };

async function makeFolder(...below: string[]) {
  const top = await mkdtemp(join(tmpdir(), 'hp-'));
  onTestFinished(() => rm(top, { recursive: true }));
  const folder = join(top, ...below);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Asks as ssh does; gives what it would be told, or how askpass ended. */
async function askAs(env: object, ...prompt: string[]): Promise<string> {
  return promisify(execFile)(askpass, prompt, { env: { ...env } }).then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: unknown) => `ended with ${typeof error === 'object' && error && Reflect.get(error, 'code')}`,
  );
}

async function open(folder: string, ask?: Ask) {
  const sys = testSystem();
  const attendance = createAttendance(realTime);
  if (ask !== undefined) attendance.join(ask);
  const log: string[] = [];
  const program = { ...sys.program, node: process.execPath, askpass };
  const around = { gateway, attendance, log: (text: string) => log.push(text) };
  const asking = await openAsking({ program }, around, folder, ask !== undefined);
  onTestFinished(asking.close);
  return { asking, log };
}

it('gives ssh the answer of who attends, in an environment without a path', async () => {
  const { asking, log } = await open(await makeFolder(), async ({ from, text }) => `${from}|${text}|ä`);
  asking.said('Welcome');
  expect(await askAs({ ...asking.env, PATH: '/nowhere' }, 'Password: ')).toBe(
    'ssh (b)|Welcome\nPassword: |ä\n',
  );
  expect(log).toEqual(['ssh (b) asks: Password:', 'the question was answered']);
});

it('gives none when it is declined, and none when it is closed meanwhile', async () => {
  const { asking } = await open(await makeFolder(), async ({ text }) => {
    if (text === 'wait') asking.close();
    return undefined;
  });
  expect(await askAs(asking.env, 'Password: ')).toBe('ended with 1');
  expect(await askAs(asking.env, 'wait')).toBe('ended with 1');
  expect(await askAs(asking.env, 'afterwards')).toBe('ended with 1');
});

it('gives none without a person, and ends a login that a server asks about', async () => {
  const { asking } = await open(await makeFolder());
  expect(await askAs(asking.env, "Enter passphrase for key 'k': ")).toBe('ended with 1');
  expect(await askAs(asking.env, '(me@b) Password: ')).toBe('ended with 1');
  await asking.givenUp;
  expect(() => asking.abandon(new Error('never ran'))).toThrow('never ran');
});

it('goes without where its socket cannot be', async () => {
  const { asking, log } = await open(await makeFolder('long'.repeat(30)), async () => 'x');
  expect(log).toEqual([expect.stringMatching(/^ssh cannot ask: /)]);
  expect(await askAs(asking.env, 'Password: ')).toBe('ended with 1');
});

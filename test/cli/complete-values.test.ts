import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { session } from '../state/support/session.ts';
import { createSandbox, type Sandbox } from '../support/hotpass.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.remove());

/** The candidates for the last word of a line, by the built program. */
async function tab(...words: string[]): Promise<string[]> {
  const ended = await sandbox.hotpass(['--get-completions', '--', ...words]);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return ended.stdout.split('\n').flatMap((line) => line.split('\t')[0] || []);
}

async function writeSessions(text: string, folder = join(sandbox.project, '.hotpass')): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'net.json'), text, { mode: 0o600 });
}

const records = (...labels: string[]) =>
  JSON.stringify({
    version: 1,
    sessions: labels.map((label, index) => session({ label, id: `${index}`.padStart(16, '0') })),
  });

it('offers the targets that hotpass.yaml names', async () => {
  await writeFile(
    join(sandbox.project, 'hotpass.yaml'),
    'version: 1\ntargets: { staging: {}, prod: {}, "pre-prod": {} }\n',
  );
  expect(await tab('net', 'up', '')).toEqual(['pre-prod', 'prod', 'staging']);
  expect(await tab('net', 'status', '--target', 'pr')).toEqual(['pre-prod', 'prod']);
  expect(await tab('net', 'up', '-t', 's')).toEqual(['staging']);
});

it('offers the targets of the file that the line names', async () => {
  await writeFile(join(sandbox.project, 'other.yaml'), 'version: 1\ntargets: { lab: {} }\n');
  expect(await tab('net', 'up', '--config', 'other.yaml', '')).toEqual(['lab']);
});

it('offers the labels that the records of the project have', async () => {
  await writeSessions(records('staging', 'prod-readonly'));
  expect(await tab('net', 'down', '')).toEqual(['staging', 'prod-readonly']);
  expect(await tab('net', 'down', 'staging', 'p')).toEqual(['prod-readonly']);
  expect(await tab('net', 'status', 'st')).toEqual(['staging']);
  expect(await tab('net', 'logs', '')).toEqual(['staging', 'prod-readonly']);
  expect(await tab('net', 'up', '--label', 'p')).toEqual(['prod-readonly']);
});

it('offers the labels of the state folder that the line names', async () => {
  await writeSessions(records('elsewhere'), join(sandbox.root, 'state'));
  expect(await tab('net', 'down', '--state-dir', join(sandbox.root, 'state'), '')).toEqual(['elsewhere']);
});

it('asks no background process for labels', async () => {
  let asked = 0;
  const socket = join(sandbox.root, 'r', 's.sock');
  const server = createServer(() => {
    asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  await writeSessions(JSON.stringify({ version: 1, sessions: [session({ socket })] }));
  expect(await tab('net', 'down', '')).toEqual(['staging']);
  await new Promise((resolve) => server.close(resolve));
  expect(asked).toBe(0);
});

it('is silent where there is nothing, and where files are broken', async () => {
  expect(await tab('net', 'up', '')).toEqual([]);
  expect(await tab('net', 'down', '')).toEqual([]);
  await writeSessions('{');
  await writeFile(join(sandbox.project, 'hotpass.yaml'), 'version: [\n');
  expect(await tab('net', 'up', '')).toEqual([]);
  expect(await tab('net', 'down', '')).toEqual([]);
});

import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../../support/hotpass.ts';
import { freePort, startEcho, type TestServer } from '../../../support/ports.ts';

let sandbox: Sandbox;
let echo: TestServer;
beforeEach(async () => {
  [sandbox, echo] = await Promise.all([createSandbox(), startEcho()]);
});
afterEach(async () => {
  await sandbox.hotpass(['net', 'down', '--all']);
  await echo.close();
  await sandbox.remove();
});

/** Opens and ends a session in a project of its own; gives where it listened, and what was said. */
async function openIn(project: string, local?: number): Promise<{ port: number; told: string }> {
  const cwd = join(sandbox.root, project);
  await mkdir(cwd, { recursive: true });
  const state = ['--state-dir', join(cwd, '.hotpass')];
  const forward = `x=${local === undefined ? '' : `${local}:`}127.0.0.1:${echo.port}`;
  const up = await sandbox.hotpass(['net', 'up', '--via', 'direct', '--forward', forward, ...state], { cwd });
  const { stdout } = await sandbox.hotpass(['net', 'status', '--json', ...state], { cwd });
  await sandbox.hotpass(['net', 'down', '--all', ...state], { cwd });
  const [address] = JSON.parse(stdout).sessions[0].forwards[0].local;
  return { port: Number(String(address).split(':').at(-1)), told: up.stderr };
}

test('a port goes to another project only after the folder of the first is gone, and that is said', async () => {
  const port = await freePort();
  expect(await openIn('one', port)).toEqual({ port, told: '' });
  expect((await openIn('two', port)).port).not.toBe(port);
  await rm(join(sandbox.root, 'one'), { recursive: true });
  const state = join(sandbox.root, 'one', '.hotpass');
  const kept = `${port} was kept for target staging (label staging) of ${state}, whose folder is gone`;
  expect(await openIn('three', port)).toEqual({
    port,
    told: `warning: ${kept}; x keeps it from now on\n`,
  });
});

test('a project whose folder comes back has its port still when nobody wanted that very port', async () => {
  const port = await freePort();
  await openIn('disk', port);
  await rename(join(sandbox.root, 'disk'), join(sandbox.root, 'unmounted'));
  expect((await openIn('other', await freePort())).told).toBe('');
  await rename(join(sandbox.root, 'unmounted'), join(sandbox.root, 'disk'));
  expect((await openIn('third', port)).port).not.toBe(port);
  expect(await openIn('disk')).toEqual({ port, told: '' });
});

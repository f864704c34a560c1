import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startPrefect } from '../../../src/rehearsal/prefect.ts';
import { createSandbox, type Sandbox } from '../../support/hotpass.ts';

let sandbox: Sandbox | undefined;
afterEach(async () => {
  await sandbox?.hotpass(['net', 'down', '--all']);
  await sandbox?.remove();
});

test('a port goes to another project only after the folder of the first is gone', async () => {
  sandbox = await createSandbox();
  const prefect = await startPrefect({});
  const up = ['net', 'up', '--via', 'direct', '--forward', `prefect=127.0.0.1:${prefect.port}`, '--json'];
  const openIn = async (project: string) => {
    const cwd = join(sandbox?.root ?? '', project);
    await mkdir(cwd, { recursive: true });
    const state = ['--state-dir', join(cwd, '.hotpass')];
    const { stdout } = (await sandbox?.hotpass([...up, ...state], { cwd })) ?? { stdout: '' };
    await sandbox?.hotpass(['net', 'down', '--all', ...state], { cwd });
    return String(JSON.parse(stdout).forwards[0].local[0]);
  };
  try {
    const first = await openIn('one');
    expect(await openIn('two')).not.toBe(first);
    await rm(join(sandbox.root, 'one'), { recursive: true });
    expect(await openIn('three')).toBe(first);
  } finally {
    await prefect.close();
  }
});

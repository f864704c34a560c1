import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { directly, errorOf, openStage } from './support/stage.ts';

describe('of several sessions', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  const open = async (t: TestContext, ...names: readonly (readonly [label: string, target: string])[]) => {
    const stage = await openStage(t);
    for (const [label, target] of names) {
      const args = directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`);
      expect(await stage.net([...args, '--label', label, '--target', target])).toMatchObject({ code: 0 });
    }
    const labels = async () => (await stage.records()).map(({ label }) => label);
    return { stage, labels };
  };

  it.concurrent('down --pid ends the one of that process, and --via those that go that way', async (t) => {
    const { stage, labels } = await open(t, ['one', 'staging'], ['two', 'staging'], ['three', 'prod']);
    const two = (await stage.records()).find(({ label }) => label === 'two');
    expect(await stage.net(['down', '--via', 'ssh-bastion'])).toMatchObject({ stdout: 'nothing to stop\n' });
    const down = await stage.net(['down', '--pid', `${two?.owner.pid}`, '--json']);
    expect(JSON.parse(down.stdout)).toMatchObject({ ended: [{ label: 'two', pid: two?.owner.pid }] });
    expect(await labels()).toEqual(['one', 'three']);
    const rest = await stage.net(['down', '--via', 'direct', '--json']);
    expect(JSON.parse(rest.stdout)).toMatchObject({ ended: [{ label: 'one' }, { label: 'three' }] });
    expect(await labels()).toEqual([]);
  });

  it.concurrent('status --target shows those of a target, whatever their labels are', async (t) => {
    const { stage } = await open(t, ['prod', 'staging'], ['second', 'prod']);
    const shown = async (...args: string[]) =>
      (await stage.status(args)).sessions.map(({ label }) => label).join();
    expect(await shown('--target', 'prod')).toBe('second');
    expect(await shown('prod')).toBe('prod');
    expect(await shown('prod', '--target', 'prod')).toBe('');
    const none = await stage.net(['status', '--target', 'second', '--json']);
    expect(errorOf(none)).toMatchObject({
      code: 'label-unknown',
      message: 'no session is for target "second"; there are: prod, second',
    });
  });

  it.concurrent.for([
    ['that is broken', 'targets: [', 0o644, 'config-invalid'] as const,
    ['that others may write', 'version: 1\n', 0o666, 'config-untrusted'] as const,
    ['without the target', 'version: 1\ntargets: { other: {} }\n', 0o644, 'target-unknown'] as const,
  ])('down and logs find the one that is meant beside a config %s', async ([, text, mode, code], t) => {
    const { stage, labels } = await open(t, ['one', 'staging'], ['two', 'staging'], ['three', 'prod']);
    const file = join(stage.project, 'hotpass.yaml');
    await writeFile(file, text);
    await chmod(file, mode);
    expect(await stage.net(['logs', 'one'])).toMatchObject({ code: 0 });
    expect(errorOf(await stage.net(['logs', '--json']))).toMatchObject({ code });
    expect(errorOf(await stage.net(['down', '--json']))).toMatchObject({ code });
    expect(await labels()).toEqual(['one', 'two', 'three']);
    expect(await stage.net(['down', 'one'])).toMatchObject({ code: 0, stdout: 'one is down\n' });
    expect(await stage.net(['down', '--target', 'prod'])).toMatchObject({ stdout: 'three is down\n' });
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'two is down\n' });
    expect(await stage.net(['down', '--all'])).toMatchObject({ code: 0, stdout: 'nothing to stop\n' });
  });
});

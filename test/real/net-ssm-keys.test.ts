import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { startSsm } from '../../src/rehearsal/ssm/index.ts';
import { freePort, startEcho } from '../support/ports.ts';
import { signalIfAlive, waitUntilGone } from '../support/processes.ts';
import { processesOf } from './support/sandbox-processes.ts';
import { openStage, type Stage } from './support/stage.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const TOKEN = `IQoJb3JpZ2luX2VjE${SECRET}`;

/** Opens a stage beside a rehearsed account, with keys in the environment and nowhere else. */
async function prepare(test: TestContext) {
  const echo = await startEcho();
  const ssm = await startSsm({
    hosts: { 'echo.internal': `127.0.0.1:${echo.port}` },
    callers: [{ accessKeyId: 'AKIDMORNING' }, { accessKeyId: 'AKIDEVENING' }],
  });
  test.onTestFinished(async () => {
    await Promise.all([ssm.close(), echo.close()]);
  });
  // After the stage, which ends what is up: that takes the account.
  const stage = await openStage(test);
  const port = await freePort();
  const env = (accessKeyId: string) => ({
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_SESSION_TOKEN: TOKEN,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_SSM: ssm.url,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: SECRET,
  });
  const way = ['--instance', 'i-0123456789abcdef0', '--forward', `echo=${port}:echo.internal:7`];
  return { stage, ssm, env, way };
}

describe('a session via ssm with keys of the environment', () => {
  it.concurrent('shows them to nobody: not in processes, records, logs or answers', async (t) => {
    const { stage, env, way } = await prepare(t);
    const given = { env: env('AKIDMORNING') };
    const said = [
      await stage.net(['up', ...way, '--json'], given),
      await stage.net(['up', ...way, '-v'], given),
    ];
    expect(said.map(({ code }) => code)).toEqual([0, 0]);
    await expectNoSecret(stage, ['supervisor']);
    said.push(await stage.net(['status', '--json']), await stage.net(['logs']));

    // Brought back after a crash, with the keys of who does it.
    const [session] = await stage.records();
    signalIfAlive(session?.owner.pid ?? 0, 'SIGKILL');
    await waitUntilGone(session?.owner.pid ?? 0);
    said.push(await stage.net(['up', '--resume', '--json'], given));
    expect(said.at(-1)).toMatchObject({ code: 0 });
    await expectNoSecret(stage, ['supervisor']);
    said.push(await stage.net(['down', '--json'], given));
    const told = said.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    expect(told).not.toContain(SECRET);
  });

  it.concurrent('gives them to a session of net exec too', async (t) => {
    const { stage, ssm, env, way } = await prepare(t);
    const command = ['exec', ...way, '--', 'sh', '-c', 'echo "$HOTPASS_ECHO_PORT"'];
    const ended = await stage.net(command, { env: env('AKIDEVENING') });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\n$/) });
    expect(new Set(ssm.calls().map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['AKIDEVENING']));
    await expectNoSecret(stage, []);
  });
});

async function expectNoSecret(stage: Stage, kinds: readonly string[]): Promise<void> {
  const seen = await processesOf(stage);
  expect(seen.map(({ kind }) => kind)).toEqual(kinds);
  for (const { kind, argv, environment } of seen)
    expect(
      [...argv, ...environment].filter((word) => word.includes(SECRET)),
      kind,
    ).toEqual([]);
  const entries = await readdir(stage.root, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile()))
    expect(await readFile(join(entry.parentPath, entry.name), 'latin1'), entry.name).not.toContain(SECRET);
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMarquez } from '../../src/rehearsal/marquez.ts';
import { startPrefect } from '../../src/rehearsal/prefect.ts';
import type { WebService } from '../../src/rehearsal/web-service.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { execDirectly, script } from './support/borrowing.ts';
import { processesOf } from './support/sandbox-processes.ts';
import { directly, errorOf, openStage, runtimeFiles, type Stage, throughSsh } from './support/stage.ts';

const PRINT_ENV = script('process.stdout.write(JSON.stringify(process.env))');

describeReal('net exec', ['sshd', 'ssh'], () => {
  let echo: TestServer;
  let prefect: WebService;
  let marquez: WebService;
  let sshd: Sshd;
  beforeAll(async () => {
    [echo, prefect, marquez, sshd] = await Promise.all([
      startEcho(),
      startPrefect(),
      startMarquez(),
      startSshd(),
    ]);
  });
  afterAll(async () => {
    await Promise.all([echo?.close(), prefect?.close(), marquez?.close(), sshd?.stop()]);
  });

  const expectNothing = async (stage: Stage) => {
    expect((await processesOf(stage)).map(({ kind }) => kind)).toEqual([]);
    expect(await stage.records()).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
  };

  it.concurrent('opens a session through ssh for one command, and leaves nothing of it', async (t) => {
    const stage = await openStage(t);
    const [, ...options] = throughSsh(sshd, `prefect=${await freePort()}:127.0.0.1:${prefect.port}`);
    const ask = script(
      'fetch(process.env.PREFECT_API_URL + "/health").then(async (r) => console.log(r.status, await r.text()))',
    );
    expect(await stage.net(['exec', ...options, '--', ...ask])).toEqual({
      code: 0,
      signal: null,
      stdout: '200 true\n',
      stderr: expect.not.stringContaining('error'),
    });
    await expectNothing(stage);
  });

  it.concurrent('tells the command where each forward is, whatever the service', async (t) => {
    const stage = await openStage(t);
    const [db, api, lineage] = [await freePort(), await freePort(), await freePort()];
    const exec = execDirectly(
      `my-db=${db}:127.0.0.1:${echo.port}`,
      `prefect=${api}:127.0.0.1:${prefect.port}`,
      `marquez=${lineage}:127.0.0.1:${marquez.port}`,
    );
    const { code, stdout } = await stage.net([...exec, ...PRINT_ENV], { env: { MY_OWN: 'kept' } });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      MY_OWN: 'kept',
      HOTPASS_TARGET: 'staging',
      HOTPASS_MY_DB_URL: `http://127.0.0.1:${db}`,
      HOTPASS_MY_DB_HOST: '127.0.0.1',
      HOTPASS_MY_DB_PORT: `${db}`,
      HOTPASS_PREFECT_PORT: `${api}`,
      PREFECT_API_URL: `http://127.0.0.1:${api}/api`,
      OPENLINEAGE_URL: `http://127.0.0.1:${lineage}`,
    });
    expect(stdout).not.toContain('HOTPASS_SESSION_NONCE');
  });

  it.concurrent('says that it replaces an address of the caller, and never what that was', async (t) => {
    const stage = await openStage(t);
    const exec = execDirectly(`prefect=${await freePort()}:127.0.0.1:${prefect.port}`);
    const env = { PREFECT_API_URL: 'https://me:hunter2@prefect.example.com/api' };
    const loud = await stage.net([...exec, ...PRINT_ENV], { env });
    expect(JSON.parse(loud.stdout).PREFECT_API_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api$/);
    expect(loud.stderr).toMatch(/^note: PREFECT_API_URL .*http:\/\/127\.0\.0\.1:\d+\/api$/m);
    expect(loud.stderr).not.toContain('hunter2');
    const [verb = '', ...rest] = exec;
    const quiet = await stage.net([verb, '-q', ...rest, 'true'], { env });
    expect(quiet.stderr).not.toContain('PREFECT_API_URL');
  });

  it.concurrent('passes stdin, stdout and stderr on byte for byte, and says nothing itself', async (t) => {
    const stage = await openStage(t);
    expect((await stage.net(directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`))).code).toBe(0);
    const copy = script('process.stdin.pipe(process.stdout); process.stdin.pipe(process.stderr)');
    const input = `${'ä\u0000\n'.repeat(200_000)}no newline at the end`;
    const { code, stdout, stderr } = await stage.net(['exec', '--', ...copy], {
      input,
    });
    expect(code).toBe(0);
    expect(stdout === input).toBe(true);
    expect(stderr === input).toBe(true);
  });

  it.concurrent('passes each exit code on, and 128 with the number of a signal', async (t) => {
    const stage = await openStage(t);
    expect((await stage.net(directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`))).code).toBe(0);
    const codes: (number | null)[] = [];
    for (const end of [
      'exit 0',
      'exit 1',
      'exit 2',
      'exit 125',
      'exit 255',
      'kill -TERM $$',
      'kill -KILL $$',
    ])
      codes.push((await stage.net(['exec', '--', 'sh', '-c', end])).code);
    expect(codes).toEqual([0, 1, 2, 125, 255, 143, 137]);
  });

  it.concurrent('uses a session that is up as it is, and leaves it up', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    expect((await stage.net(directly(`echo=${port}:127.0.0.1:${echo.port}`))).code).toBe(0);
    const [before] = await stage.records();
    const { code, stdout } = await stage.net([
      'exec',
      'staging',
      '--',
      'sh',
      '-c',
      'echo $HOTPASS_ECHO_PORT',
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${port}\n` });
    expect(await stage.records()).toEqual([before]);
    expect((await stage.status()).code).toBe(0);
  });

  it.concurrent('refuses another plan than that of the session that is up', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    expect((await stage.net(directly(`echo=${port}:127.0.0.1:${echo.port}`))).code).toBe(0);
    const other = await stage.net([...execDirectly(`echo=127.0.0.1:1`).slice(0, -1), '--json', '--', 'true']);
    expect(other.code).toBe(125);
    expect(errorOf(other)).toMatchObject({ code: 'label-in-use', exitCode: 125 });
    const same = await stage.net([...execDirectly(`echo=${port}:127.0.0.1:${echo.port}`), 'true']);
    expect(same.code).toBe(0);
  });

  it.concurrent('does not take the session of another target for the one that it was asked for', async (t) => {
    const stage = await openStage(t);
    const up = [
      ...directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`),
      '--target',
      'prod',
      '--label',
      'staging',
    ];
    expect((await stage.net(up)).code).toBe(0);
    const wrong = await stage.net(['exec', 'staging', '--json', '--', 'true']);
    expect(wrong.code).toBe(125);
    expect(errorOf(wrong)).toMatchObject({
      code: 'label-in-use',
      message: expect.stringContaining('target prod'),
    });
    expect((await stage.net(['exec', 'prod', '--label', 'staging', '--', 'true'])).code).toBe(0);
  });

  it.concurrent('looks for the command before it opens anything: 127 and 126', async (t) => {
    const stage = await openStage(t);
    const [notRunnable, badScript] = [join(stage.project, 'plain'), join(stage.project, 'bad')];
    await writeFile(notRunnable, 'x', { mode: 0o644 });
    await writeFile(badScript, '#!/nowhere/python\n', { mode: 0o755 });
    await mkdir(join(stage.project, 'folder'));
    const exec = execDirectly('echo=127.0.0.1:1');
    const json = [...exec.slice(0, -1), '--json', '--'];
    const codes: unknown[] = [];
    for (const name of ['no-such-command', './no-such-command', notRunnable, './folder', './bad']) {
      const ended = await stage.net([...json, name]);
      expect(errorOf(ended)).toMatchObject({ exitCode: ended.code });
      codes.push([ended.code, errorOf(ended).code]);
    }
    expect(codes).toEqual([
      [127, 'command-not-found'],
      [127, 'command-not-found'],
      [126, 'command-not-runnable'],
      [126, 'command-not-runnable'],
      [126, 'command-not-runnable'],
    ]);
    expect(await runtimeFiles(stage)).toEqual([]);
  });

  it.concurrent('answers 125 for whatever is wrong with itself, and runs nothing then', async (t) => {
    const stage = await openStage(t);
    const touch = ['touch', 'ran'];
    const wrong = [
      ['exec', '--json'],
      ['exec', '--json', '--'],
      ['exec', '--json', '--nonsense', '--', ...touch],
      ['exec', '--json', '--', ...touch],
      ['exec', '--json', '--timeout', 'soon', '--', ...touch],
      [
        ...execDirectly(`a-b=127.0.0.1:${echo.port}`, `a_b=127.0.0.1:${echo.port}`).slice(0, -1),
        '--json',
        '--',
        'true',
      ],
      [...execDirectly(`bastion=127.0.0.1:${echo.port}`).slice(0, -1), '--json', '--', ...touch],
      [...execDirectly('web=127.0.0.1:1').slice(0, -1), '--timeout', '1s', '--json', '--', ...touch],
    ];
    const told: unknown[] = [];
    for (const args of wrong) {
      const ended = await stage.net(args);
      expect(ended.stderr).toBe('');
      told.push([ended.code, errorOf(ended).code, Reflect.get(errorOf(ended), 'exitCode')]);
    }
    const codes = ['usage', 'usage', 'usage', 'no-host', 'usage', 'variables-collide', 'variables-collide'];
    expect(told).toEqual([...codes, 'not-ready'].map((code) => [125, code, 125]));
    await expectNothing(stage);
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { nextCommands, parseCommand } from '../support/next-commands.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { script } from './support/borrowing.ts';
import { reboot } from './support/reboot.ts';
import { expectNothingWritten } from './support/refusals.ts';
import { errorOf, openStage, type Stage } from './support/stage.ts';

const PROTECTED = 'protected: true, readOnly: true';
const GREET = ['--', ...script('console.log("ran")')];

describe('a protected target', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  const write = (stage: Stage, port: number, guarded: string, name = 'prod') =>
    writeFile(
      join(stage.project, 'hotpass.yaml'),
      `version: 1\ntargets:\n  staging: {}\n  ${name}: { ${guarded} net: { via: direct, forwards: { echo: { host: 127.0.0.1, port: ${echo.port}, local: ${port} } } } }\n`,
    );
  const open = async (test: TestContext, guarded: string) => {
    const stage = await openStage(test);
    const port = await freePort();
    await write(stage, port, guarded);
    return { stage, port };
  };

  it.concurrent('is opened only once it is named again, and asks nothing while it is up', async (test) => {
    const { stage } = await open(test, `${PROTECTED},`);
    const refused = await stage.net(['up', 'prod']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('error: target prod is protected  [confirm-missing]\n');
    const [next = ''] = nextCommands(refused.stderr);
    parseCommand(next);
    const other = await stage.net(['up', 'prod', '--confirm', 'staging', '--json']);
    expect(other.code).toBe(2);
    expect(errorOf(other)).toMatchObject({ code: 'confirm-missing' });
    await expectNothingWritten(stage);

    expect(await stage.hotpass(next.split(' ').slice(1))).toMatchObject({ code: 0 });
    expect((await stage.net(['up', 'prod', '--json'])).stdout).toContain('"outcome":"already-up"');
    expect((await stage.records())[0]).toMatchObject({ confirmed: true });
    expect(await stage.net(['down', 'prod'])).toMatchObject({ code: 0 });
  });

  it.concurrent('lets a command run in its session only once it is named again, whatever the session is called', async (test) => {
    const { stage, port } = await open(test, `${PROTECTED},`);
    const exec = (...args: string[]) => stage.net(['exec', ...args, ...GREET]);
    const refused = await exec('prod', '--label', 'night');
    expect(refused).toMatchObject({ code: 125, stdout: '' });
    expect(refused.stderr).toContain(
      '  next    hotpass net exec prod --label night --confirm prod -- COMMAND\n',
    );
    await expectNothingWritten(stage);

    await write(stage, port, '');
    expect(await stage.net(['up', 'prod', '--label', 'night'])).toMatchObject({ code: 0 });
    expect(await exec('--label', 'night')).toMatchObject({ code: 0, stdout: 'ran\n' });
    await write(stage, port, `${PROTECTED},`);
    // It is up, and only its label is given: its own target counts, not that of the command line.
    expect(await exec('--label', 'night')).toMatchObject({ code: 125, stdout: '' });
    expect(await exec('--label', 'night', '--confirm', 'prod')).toMatchObject({ code: 0, stdout: 'ran\n' });
  });

  it.concurrent('is neither lent nor brought back under a name that its file has no more', async (test) => {
    const { stage, port } = await open(test, '');
    expect(await stage.net(['up', 'prod'])).toMatchObject({ code: 0 });
    await write(stage, port, `${PROTECTED},`, 'production');
    const lent = await stage.net(['exec', 'prod', ...GREET]);
    expect(lent).toMatchObject({
      code: 125,
      stdout: '',
      stderr: expect.stringContaining('[target-unknown]'),
    });
    await reboot(stage);
    const { code, stdout } = await stage.net(['up', '--resume']);
    expect(code).toBe(1);
    expect(stdout).toContain('target prod is not in the config any more');
    const [next = ''] = nextCommands(stdout);
    expect(next).toBe('hotpass net down prod');
    expect(await stage.hotpass(next.split(' ').slice(1))).toMatchObject({ code: 0 });
  });
});

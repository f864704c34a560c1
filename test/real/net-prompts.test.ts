import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { exchange } from './support/clients.ts';
import { lockKey, startDialog } from './support/dialog.ts';
import { expectNothingLeft } from './support/refusals.ts';
import { eventually, onlyPid, processesOf } from './support/sandbox-processes.ts';
import { openStage, type Stage } from './support/stage.ts';

const PASSPHRASE = 'correct-horse-battery-staple';
const ASKS = "Enter passphrase for key '";

describeReal('net up on a terminal', ['sshd', 'ssh', 'script'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  let locked: string;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
    locked = await lockKey(sshd, 'locked', PASSPHRASE);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), echo?.close()]);
  });

  const prepare = async (t: TestContext, ...more: string[]) => {
    const stage = await openStage(t);
    const port = await freePort();
    const args = [
      'up',
      ...['--ssh-config', sshd.configFile, '--host', '127.0.0.1', '--ssh-port', `${sshd.port}`],
      ...['--identity', locked, '--forward', `echo=${port}:127.0.0.1:${echo.port}`],
      ...more,
    ];
    return { stage, port, args };
  };

  it.concurrent('relays the question for a passphrase, and keeps nothing of the answer', async (t) => {
    const { stage, port, args } = await prepare(t);
    const dialog = startDialog(stage, args);
    await dialog.asks(`ssh (127.0.0.1:${sshd.port}) asks:`);
    await dialog.asks(`${ASKS}${locked}': `);
    const asking = await processesOf(stage);
    expect(asking.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['hotpass', 'supervisor', 'ssh']));
    dialog.type(`${PASSPHRASE}\n`);
    const shown = await dialog.over;
    expect(shown).toMatch(/^staging is up \(.*\)\. End: hotpass net down staging\ncode=0$/m);
    expect(shown).toMatch(/ echo /);
    expect((await exchange(port, 'hello')).received.toString()).toBe('hello');

    const log = await stage.net(['logs']);
    expect(log.stdout).toContain(`ssh (127.0.0.1:${sshd.port}) asks: ${ASKS}${locked}':`);
    const status = await stage.net(['status', '--json']);
    const words = [...asking, ...(await processesOf(stage))].flatMap(({ argv, environment }) => [
      ...argv,
      ...environment,
    ]);
    const files = await filesBelow(stage.root);
    expect(files.length).toBeGreaterThan(3);
    for (const text of [...words, ...files, shown, log.stdout, status.stdout])
      expect(text).not.toContain(PASSPHRASE);
  });

  it.concurrent('lets ssh ask again after a wrong passphrase', async (t) => {
    const { stage, args } = await prepare(t);
    const dialog = startDialog(stage, args);
    await dialog.answer(ASKS, 'wrong\n');
    await dialog.answer(ASKS, `no${'\u0015'}${PASSPHRASE}x${'\u007f'}\r`);
    expect(await dialog.over).toContain('code=0\n');
  });

  it.concurrent('fails when ssh has asked often enough', async (t) => {
    const { stage, args } = await prepare(t);
    const dialog = startDialog(stage, args);
    for (const wrong of ['one', 'two', 'three']) await dialog.answer(ASKS, `${wrong}\n`);
    const shown = await dialog.over;
    expect(shown).toContain('[ssh-auth-failed]');
    expect(shown).toContain('code=1\n');
    expect(shown.split(ASKS)).toHaveLength(4);
    await expectNothingLeft(stage);
  });

  it.concurrent('takes the end of input for no answer', async (t) => {
    const { stage, args } = await prepare(t);
    const dialog = startDialog(stage, args);
    await dialog.answer(ASKS, '\u0004');
    expect(await dialog.over).toContain('[ssh-auth-failed]');
    await expectNothingLeft(stage);
  });

  it.concurrent.for([
    ['Ctrl-C', async (_: Stage, type: (text: string) => void) => type('half\u0003')],
    ['SIGTERM', async (stage: Stage) => void process.kill(await onlyPid(stage, 'hotpass'), 'SIGTERM')],
    ['net down', async (stage: Stage) => void (await stage.net(['down']))],
    ['the end of ssh', async (stage: Stage) => void process.kill(await onlyPid(stage, 'ssh'), 'SIGKILL')],
  ] as const)('gives the terminal back at a prompt that ends with %s', async ([, happen], t) => {
    const { stage, args } = await prepare(t);
    const dialog = startDialog(stage, args);
    await dialog.asks(ASKS);
    await happen(stage, dialog.type);
    const shown = await dialog.over;
    expect(shown).toContain('code=1\n');
    expect(shown).toMatch(/ echo /);
    expect(shown).not.toContain('half');
    await expectNothingLeft(stage);
  });

  it.concurrent('leaves nothing when the terminal goes away at a prompt', async (t) => {
    const { stage, args } = await prepare(t);
    const dialog = startDialog(stage, args);
    await dialog.asks(ASKS);
    dialog.vanish();
    await eventually('the end of all', async () => (await processesOf(stage)).length === 0);
    await expectNothingLeft(stage);
  });

  it.concurrent('asks there too when all else is redirected, and keeps stdout for the answer', async (t) => {
    const { stage, args } = await prepare(t, '--json');
    const dialog = startDialog(stage, args, '</dev/null >out.json 2>err.txt');
    await dialog.answer(ASKS, `${PASSPHRASE}\n`);
    expect(await dialog.over).toContain('code=0\n');
    expect(JSON.parse(await readFile(join(stage.project, 'out.json'), 'utf8'))).toMatchObject({
      outcome: 'started',
      state: 'ready',
    });
    expect(await readFile(join(stage.project, 'err.txt'), 'utf8')).toBe('');
  });

  it.concurrent('asks in foreground as well', async (t) => {
    const { stage, args } = await prepare(t, '--foreground', '--quiet');
    const dialog = startDialog(stage, args);
    await dialog.answer(ASKS, `${PASSPHRASE}\n`);
    await dialog.answer('staging is up', '\u0003');
    expect(await dialog.over).toContain('code=0\n');
    await expectNothingLeft(stage);
  });

  it.concurrent('asks for net exec, whose command then has the terminal', async (t) => {
    const { stage, args } = await prepare(t);
    await writeFile(join(stage.project, 'greet'), 'echo "name?"; read x; echo "hi $x"\n');
    const dialog = startDialog(stage, ['exec', ...args.slice(1), '--', 'sh', 'greet']);
    await dialog.answer(ASKS, `${PASSPHRASE}\n`);
    await dialog.answer('name?', 'otto\n');
    const shown = await dialog.over;
    expect(shown).toContain('hi otto\ncode=0\n');
    await expectNothingLeft(stage);
  });

  it.concurrent('asks nothing without a terminal', async (t) => {
    const { stage, args } = await prepare(t);
    const { code, stderr } = await stage.net(args, { timeoutMs: 30_000 });
    expect(code).toBe(1);
    expect(stderr).toContain('[ssh-auth-failed]');
  });
});

async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')));
}

describeReal('a question about a host key', ['sshd', 'ssh', 'script'], () => {
  const UNKNOWN = "The authenticity of host '[127.0.0.1]:";
  const QUESTION = 'Are you sure you want to continue connecting (yes/no/[fingerprint])? ';
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.stop());

  const ask = async (t: TestContext, host = sshd.alias, ...more: string[]) => {
    const stage = await openStage(t);
    const known = join(stage.home, 'known');
    await writeFile(known, '');
    const port = await freePort();
    const dialog = startDialog(stage, [
      'up',
      ...['--ssh-config', sshd.configFile, '--host', host, '--ssh-option', `UserKnownHostsFile=${known}`],
      ...['--forward', `ssh=${port}:127.0.0.1:${sshd.port}`],
      ...more,
    ]);
    await dialog.asks(UNKNOWN);
    await dialog.asks(QUESTION);
    expect(await readFile(known, 'utf8')).toBe('');
    return { stage, dialog, known: () => readFile(known, 'utf8') };
  };

  it.concurrent('is shown whole, and `yes` is kept by ssh', async (t) => {
    const { dialog, known } = await ask(t);
    dialog.type('yes\n');
    const shown = await dialog.over;
    expect(shown).toContain('ssh (bastion) asks:\n');
    expect(shown).toMatch(/^ED25519 key fingerprint is SHA256:[\w+/]{43}\.$/m);
    // What is no secret is seen while it is typed.
    expect(shown).toContain(`${QUESTION}yes\n`);
    expect(shown).toContain('code=0\n');
    expect(await known()).toBe(sshd.hostKeyLine);
  });

  it.concurrent('may be answered by the fingerprint, and a wrong one asks again', async (t) => {
    const { dialog, known } = await ask(t);
    const [, fingerprint] = /(SHA256:[\w+/]{43})/.exec(dialog.shown()) ?? [];
    dialog.type('SHA256:of-another\n');
    await dialog.answer("Please type 'yes', 'no' or the fingerprint: ", `${fingerprint}\n`);
    expect(await dialog.over).toContain('code=0\n');
    expect(await known()).toBe(sshd.hostKeyLine);
  });

  it.concurrent('ends all when it is answered by `no`', async (t) => {
    const { stage, dialog, known } = await ask(t);
    dialog.type('no\n');
    const shown = await dialog.over;
    expect(shown).toContain('[host-key-unknown]');
    expect(shown).toContain('code=1\n');
    expect(await known()).toBe('');
    await expectNothingLeft(stage);
  });
});

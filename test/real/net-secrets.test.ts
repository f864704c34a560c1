import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { processesOf } from './support/sandbox-processes.ts';
import { openStage, throughSsh } from './support/stage.ts';

const SECRET = 'wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY';
const SECRETS = {
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_SESSION_TOKEN: SECRET,
  GITHUB_TOKEN: SECRET,
  PREFECT_API_AUTH_STRING: `admin:${SECRET}`,
  PREFECT_API_KEY: SECRET,
  VAULT_TOKEN: SECRET,
  DB_PASSWORD: SECRET,
  NODE_OPTIONS: `--title=${SECRET}`,
} as const;

describeReal('what a session lets others see', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), echo?.close()]);
  });

  it.concurrent("holds nothing of the caller's secrets in the environment or arguments of its processes", async (t) => {
    const stage = await openStage(t);
    const args = throughSsh(sshd, `echo=${await freePort()}:127.0.0.1:${echo.port}`);
    expect(await stage.net(args, { env: SECRETS })).toMatchObject({ code: 0 });
    const seen = await processesOf(stage);
    expect(seen.map(({ kind }) => kind).sort()).toEqual(['ssh', 'supervisor']);
    for (const { kind, argv, environment } of seen) {
      expect(
        [...argv, ...environment].filter((word) => word.includes(SECRET)),
        kind,
      ).toEqual([]);
      expect(environment, kind).toContainEqual(expect.stringMatching(/^HOTPASS_SESSION_NONCE=[0-9a-f]{32}$/));
    }
    const supervisor = seen.find(({ kind }) => kind === 'supervisor');
    expect(supervisor?.argv.slice(-2)).toEqual([expect.stringMatching(/supervisor\.js$/), 'staging']);
  });

  it.concurrent('holds no argument of ssh in state, logs, answers or errors', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const args = throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`);
    const withOption = [...args, '--ssh-option', `SetEnv=TOKEN=${SECRET}`];
    const said = [
      await stage.net([...withOption, '--json']),
      await stage.net(withOption),
      await stage.net([...args, '--json']),
      await stage.net(args),
    ];
    expect(said.map(({ code }) => code)).toEqual([0, 0, 2, 2]);
    expect(said[2]?.stdout).toContain('--ssh-option');
    const [ssh] = (await processesOf(stage)).filter(({ kind }) => kind === 'ssh');
    expect(ssh?.argv.join(' ')).toContain(SECRET);

    process.kill(ssh?.pid ?? 0, 'SIGKILL');
    said.push(await stage.net(['status', '--json']), await stage.net(['status']));
    said.push(await stage.net(['logs', '--json']), await stage.net(['down', '--json']));
    said.push(await stage.net(['logs']));
    const words = said.map(({ stdout, stderr }) => stdout + stderr);
    const files = await filesBelow(stage.root);
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['p/.hotpass/logs/staging.log', 's/hotpass/ports.json']),
    );
    for (const text of [...words, ...files.map((file) => file.text)]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toMatch(/ExitOnForwardFailure|ServerAliveInterval|ControlPath=none|-o BatchMode/);
    }
  });

  it.concurrent('holds a nonce in its record that only the user can read, and none in what is printed', async (t) => {
    const stage = await openStage(t);
    const args = throughSsh(sshd, `echo=${await freePort()}:127.0.0.1:${echo.port}`);
    const up = await stage.net([...args, '--json']);
    const [session] = await stage.records();
    expect(session?.nonce).toMatch(/^[0-9a-f]{32}$/);
    const status = await stage.net(['status', '--json']);
    const log = await stage.net(['logs']);
    expect(up.stdout + status.stdout + log.stdout).not.toContain(session?.nonce);
  });
});

/** Every file below a folder but compiled code, which holds the program's own words. */
async function filesBelow(root: string): Promise<readonly { name: string; text: string }[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const found = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return { name: path.slice(root.length + 1), text: await readFile(path, 'latin1') };
  });
  return (await Promise.all(found)).filter(({ name }) => !name.startsWith('k/'));
}

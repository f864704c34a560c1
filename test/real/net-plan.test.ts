import { spawn } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { freePort, isPortOpen, startEcho, startServer, type TestServer } from '../support/ports.ts';
import { endProcess } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { exchange } from './support/clients.ts';
import { expectNothingWritten } from './support/refusals.ts';
import { eventually } from './support/sandbox-processes.ts';
import { openStage, throughSsh } from './support/stage.ts';

describeReal('net up tells what it would do', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await sshd?.stop();
    await echo?.close();
  });

  it('with --dry-run: writes and starts nothing, and names the ports that the real run takes', async () => {
    const stage = await openStage();
    const busy = await freePort();
    const server = await startServer(busy, '::1', (socket) => socket.resume());
    onTestFinished(server.close);
    const args = throughSsh(
      sshd,
      `x=${busy}:127.0.0.1:${echo.port}`,
      `y=${await freePort()}:127.0.0.1:${echo.port}`,
    );

    const dry = await stage.net([...args, '--dry-run', '--json']);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    const plan = JSON.parse(dry.stdout);
    expect(plan).toMatchObject({ action: 'start', plan: { label: 'staging', via: 'ssh-bastion' } });
    expect(plan.notes[0]).toMatch(new RegExp(`^${busy} is held by .+; x keeps ${busy + 1} from now on$`));
    await expectNothingWritten(stage);
    expect(await sshd.sessionPids()).toEqual([]);

    expect(await stage.net(args)).toMatchObject({ code: 0 });
    const [session] = (await stage.status()).sessions;
    const ports = (session?.forwards ?? []).map(({ local }) => Number(local[0]?.split(':').at(-1)));
    expect(ports).toEqual(plan.plan.forwards.map(({ localPort }: { localPort: number }) => localPort));
    expect(ports[0]).toBe(busy + 1);

    // A port that had to move is still the one that was asked for, unless it may not move.
    expect(await stage.net(args)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('was up already'),
    });
    expect((await stage.net([...args, '--no-auto-port'])).stderr).toContain('[label-in-use]');
    const again = await stage.net([...args, '--dry-run']);
    expect(again.stdout).toContain(
      'staging is up with this plan; nothing to do (dry run, nothing was changed)',
    );
    const down = await stage.net(['down', '--dry-run']);
    expect(down.stdout).toBe(`would end staging (pid ${session?.pid})\ndry run, nothing was changed\n`);
    expect((await stage.status()).code).toBe(0);
  });

  it('with --dry-run, for people', async () => {
    const stage = await openStage();
    const port = await freePort();
    const { stdout } = await stage.net([...throughSsh(sshd, `db=${port}:db.internal:5432`), '--dry-run']);
    expect(stdout.replaceAll(`${port}`, 'PORT').replaceAll(stage.root, 'ROOT')).toMatchInlineSnapshot(`
      "through   ssh-bastion bastion
      FORWARD   LOCAL                         REMOTE             PROBE
      db        127.0.0.1:PORT [::1]:PORT   db.internal:5432   tcp
      state     ROOT/p/.hotpass
      would start staging (dry run, nothing was changed)
      "
    `);
  });

  it('with --print-command: a command that a shell runs, and that forwards', async () => {
    const stage = await openStage();
    const port = await freePort();
    // A name that a shell would take apart.
    const config = join(stage.home, "o'p config");
    await writeFile(config, `Include ${sshd.configFile}\n`);
    const args = [
      'up',
      '--host=bastion',
      `--ssh-config=${config}`,
      `--forward=x=${port}:127.0.0.1:${echo.port}`,
    ];
    const { code, stdout, stderr } = await stage.net([...args, '--print-command']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`'\\''p config'`);
    await expectNothingWritten(stage);

    const shell = spawn('sh', ['-c', `exec ${stdout}`], { stdio: 'ignore', env: { ...stage.env } });
    onTestFinished(() => endProcess(shell));
    await eventually('the printed command listens', () => isPortOpen(port));
    for (const host of ['127.0.0.1', '::1'])
      expect(String((await exchange(port, 'hello', host)).received)).toBe('hello');
    const { argv } = JSON.parse(
      (await stage.net([...args, '--auto-port', '--print-command', '--json'])).stdout,
    );
    expect(argv).toContain(config);
  });

  it('with --explain: net down says which target it is about, and ends nothing', async () => {
    const stage = await openStage();
    const forward = `x=${await freePort()}:127.0.0.1:${echo.port}`;
    expect((await stage.net(['up', '--via', 'direct', '--forward', forward])).code).toBe(0);
    expect(await stage.net(['down', '--explain'])).toMatchObject({
      code: 0,
      stdout: 'SETTING   VALUE     FROM\ntarget    staging   default\n',
    });
    expect((await stage.net(['down'])).stdout).toMatch(/staging is down/);
  });

  it('with --explain: each value with the flag, variable, line or default that it came from', async () => {
    const stage = await openStage();
    await writeFile(
      join(stage.project, '.env'),
      'HOTPASS_BASTION_USER=from-dotenv\nAWS_SECRET_ACCESS_KEY=hush\n',
    );
    await writeFile(
      join(stage.project, 'hotpass.yaml'),
      'version: 1\ntargets:\n  staging:\n    net:\n      hold: 12s\n      ssh: { host: from-yaml }\n      forwards:\n        db: { host: db.internal, port: 5432 }\n',
    );
    await writeFile(
      join(stage.project, 'hotpass.local.yaml'),
      'version: 1\ntargets:\n  staging:\n    net: { autoPort: true }\n',
    );
    const env = { HOTPASS_BASTION_PORT: '2200', HOTPASS_TIMEOUT: '1m' };
    const args = ['up', '--ssh-user=me', '--timeout=45s', '--explain'];
    const { code, stdout, stderr } = await stage.net(args, { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatchInlineSnapshot(`
      "SETTING      VALUE              FROM
      label        staging            default
      via          ssh-bastion        default
      bind         127.0.0.1 ::1      default
      auto-port    true               hotpass.local.yaml:4:22
      forward db   db.internal:5432   hotpass.yaml:8:13
      host         from-yaml          hotpass.yaml:6:20
      ssh-user     me                 flag --ssh-user
      ssh-port     2200               HOTPASS_BASTION_PORT
      jump         -                  default
      ssh-option   -                  default
      hold         12000              hotpass.yaml:5:13
      timeout      45000              flag --timeout
      require      service            default
      "
    `);
    const unsaid = await stage.net(['up', '--explain'], { env });
    expect(unsaid.stdout).toMatch(/^ssh-user +from-dotenv +.*\.env/m);
    expect(unsaid.stdout).toMatch(/^timeout +60000 +HOTPASS_TIMEOUT$/m);
    expect(stdout + unsaid.stdout).not.toContain('hush');
    expect((await readdir(stage.project)).sort()).toEqual(['.env', 'hotpass.local.yaml', 'hotpass.yaml']);
  });

  it('takes the names of the Python original', async () => {
    const stage = await openStage();
    const [prefect, marquez] = [await freePort(), await freePort()];
    const old = [
      '--prefect-host',
      'p.internal',
      '--prefect-port',
      `${prefect}`,
      '--prefect-remote-port',
      '4201',
    ];
    const plan = async (args: readonly string[], env = {}) => {
      const { stdout } = await stage.net(['up', '--host=b', '--dry-run', '--json', ...args], { env });
      return JSON.parse(stdout).plan;
    };
    expect((await plan([...old, '--no-marquez', '--detach'])).forwards).toEqual([
      { name: 'prefect', host: 'p.internal', port: 4201, localPort: prefect, probe: 'prefect' },
    ]);
    const both = await plan(['--marquez-port', `${marquez}`, '--marquez-remote-port', '5001'], {
      HOTPASS_PREFECT_REMOTE_HOST: 'q.internal',
      HOTPASS_MARQUEZ_REMOTE_HOST: 'm.internal',
    });
    expect(both.forwards).toMatchObject([
      { name: 'prefect', host: 'q.internal', port: 4200 },
      { name: 'marquez', host: 'm.internal', port: 5001, localPort: marquez },
    ]);
    expect(await plan([], { HOTPASS_BASTION_HOST: 'ignored', HOTPASS_BASTION_USER: 'u' })).toMatchObject({
      gateway: { host: 'b', user: 'u' },
      forwards: [{ host: 'prefect.staging.internal' }, { host: 'marquez.staging.internal' }],
    });
  });
});

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { netStore, type Session } from '../../src/state/net.ts';
import { exchange } from '../real/support/clients.ts';
import { reboot, writeRecords } from '../real/support/reboot.ts';
import { processesOf } from '../real/support/sandbox-processes.ts';
import { directly, openStage, type Stage, throughSsh } from '../real/support/stage.ts';
import { nextCommands, parseCommand } from '../support/next-commands.ts';
import { freePort, startEcho, startServer, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

async function resume(stage: Stage, ...args: string[]) {
  const { code, stdout, stderr } = await stage.net(['up', '--resume', '--json', ...args]);
  expect(stderr).toBe('');
  const value: unknown = JSON.parse(stdout);
  return { code, value };
}

const served = { outcome: 'ended', received: Buffer.from('again') };
/** What must be the same as it was: all but who owns it, and since when. */
const planOf = ({ id, nonce, owner, socket, createdAt, ...plan }: Session) => plan;

describeReal('net up --resume through ssh', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), echo?.close()]);
  });

  const optionYaml = (value: string) =>
    `version: 1\ntargets:\n  prod:\n    net: { ssh: { options: { ServerAliveCountMax: 3, Compression: "${value}" } } }\n`;

  it.concurrent('opens all that was up before a reboot, on its ports, whatever hotpass.yaml says by now', async (t) => {
    const stage = await openStage(t);
    const ports = [await freePort(), await freePort()] as const;
    const to = `127.0.0.1:${echo.port}`;
    const second = [...throughSsh(sshd, `a=${ports[1]}:${to}`), '--label', 'two', '--bind', '127.0.0.1'];
    const upTwo = [...second, '--hold', '7s', '--timeout', '21s', '--target', 'other'];
    const first = throughSsh(sshd, `echo=${ports[0]}:${to}`);
    const ups = await Promise.all([stage.net(first), stage.net(upTwo)]);
    expect(ups).toMatchObject([{ code: 0 }, { code: 0 }]);
    const before = await stage.records();
    await reboot(stage);
    // What hotpass.yaml says by now does not count.
    await writeFile(
      join(stage.project, 'hotpass.yaml'),
      'version: 1\ntargets:\n  staging:\n    net: { via: direct, hold: 1s, bind: ["127.0.0.9"] }\n',
    );
    const back = await stage.net(['up', '--resume']);
    expect(back.code, back.stderr + back.stdout).toBe(0);
    expect(back.stdout).toMatch(
      /^SESSION +OUTCOME +FORWARD +LOCAL +SERVICE\n(staging|two) +back +(echo|a) +127\.0\.0\.1:/,
    );
    expect(back.stdout).toMatch(/\n2 sessions: 2 back\n$/);
    expect(back.stderr).toContain('note: two: back');
    for (const port of ports) expect(await exchange(port, 'again')).toMatchObject(served);
    const after = await stage.records();
    expect(new Set(after.map(planOf))).toEqual(new Set(before.map(planOf)));
    expect(after.find(({ label }) => label === 'two')).toMatchObject({ holdMs: 7_000, timeoutMs: 21_000 });
  });

  it.concurrent('takes the value of an ssh option from hotpass.yaml, and says what to type where it is not', async (t) => {
    const stage = await openStage(t);
    const config = join(stage.project, 'hotpass.yaml');
    await writeFile(config, optionYaml('yes').replace('ServerAliveCountMax: 3, ', ''));
    const port = await freePort();
    const args = [...throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`), '--target', 'prod'];
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    await reboot(stage);
    const record = (await stage.records())[0];
    expect(record?.gateway?.options).toEqual(['Compression']);

    await rm(config);
    const failed = await stage.net(['up', '--resume']);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('--ssh-option Compression is not recorded');
    const commands = nextCommands(failed.stdout);
    expect(commands).toEqual([expect.stringContaining('hotpass net up prod --via ssh-bastion --host')]);
    expect(commands[0]).toContain('--ssh-option Compression=VALUE');
    commands.forEach(parseCommand);
    expect(await stage.records()).toEqual([record]);

    await writeFile(config, optionYaml('yes').replace('ServerAliveCountMax: 3, ', ''));
    expect(await stage.net(['up', '--resume', 'prod'])).toMatchObject({ code: 0 });
    expect(await exchange(port, 'again')).toMatchObject(served);
  });

  it.concurrent('keeps on record what does not come up, and tries it again', async (t) => {
    const stage = await openStage(t);
    const own = await startSshd();
    t.onTestFinished(() => own.stop());
    const port = await freePort();
    expect(await stage.net(throughSsh(own, `echo=${port}:127.0.0.1:${echo.port}`))).toMatchObject({
      code: 0,
    });
    await reboot(stage);
    const records = await stage.records();
    await own.halt();
    const { code, value } = await resume(stage);
    expect(code).toBe(1);
    expect(value).toMatchObject({
      sessions: [{ label: 'staging', outcome: 'failed', code: 'ssh-unreachable' }],
    });
    expect(await stage.records()).toEqual(records);
    // A plain net up that fails leaves it there as well.
    expect(await stage.net(throughSsh(own, `echo=${port}:127.0.0.1:${echo.port}`))).toMatchObject({
      code: 1,
    });
    expect(await stage.records()).toEqual(records);
    await own.restart();
    expect(await resume(stage)).toMatchObject({ code: 0, value: { sessions: [{ outcome: 'resumed' }] } });
    expect(await exchange(port, 'again')).toMatchObject(served);
  });
});

describe('net up --resume', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  const openOne = async (t: TestContext, ...more: string[]) => {
    const stage = await openStage(t);
    const port = await freePort();
    const args = [...directly(`echo=${port}:127.0.0.1:${echo.port}`), ...more];
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    return { stage, port, args };
  };

  it.concurrent('brings back what a signal ended, as a shutdown does, and says so in status meanwhile', async (t) => {
    const { stage, port } = await openOne(t);
    await reboot(stage, 'SIGTERM');
    const { sessions } = await stage.status();
    expect(sessions).toMatchObject([{ state: 'failed' }]);
    expect(sessions[0]?.next).toBe('hotpass net up --resume staging  (or hotpass net down staging)');
    expect(await resume(stage)).toMatchObject({ code: 0, value: { sessions: [{ outcome: 'resumed' }] } });
    expect(await exchange(port, 'again')).toMatchObject(served);
  });

  it.concurrent('says with --dry-run what it would open, and leaves what is up', async (t) => {
    const { stage, args } = await openOne(t);
    await reboot(stage);
    expect(await stage.net(['up', '--resume', '--dry-run'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 session: 1 would be opened\n'),
    });
    expect(await processesOf(stage)).toEqual([]);
    expect(await resume(stage)).toMatchObject({ code: 0 });
    const again = await stage.net(['up', '--resume']);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(/\nnothing to resume; 1 session: 1 up already\n$/);
    // It is the session that net up opened: not another plan.
    const up = await stage.net([...args, '--json']);
    expect(JSON.parse(up.stdout)).toMatchObject({ outcome: 'already-up' });
  });

  it.concurrent('does not bring back what was taken down, nor what never worked', async (t) => {
    const { stage } = await openOne(t);
    expect(await stage.net(['down'])).toMatchObject({ code: 0 });
    // A port that this user may not have ends it before it works.
    const denied = directly(`echo=${await freePort()}:127.0.0.1:1`);
    expect((await stage.net([...denied, '--bind', '192.0.2.1'])).code).not.toBe(0);
    expect(await stage.net(['up', '--resume'])).toMatchObject({ code: 0, stdout: 'nothing to resume\n' });
    expect(await processesOf(stage)).toEqual([]);
  });

  it.concurrent('does not bring back a dead session that net down has cleared', async (t) => {
    const { stage } = await openOne(t);
    await reboot(stage);
    expect(await stage.net(['down'])).toMatchObject({ code: 0 });
    expect(await resume(stage)).toMatchObject({ code: 0, value: { sessions: [] } });
  });

  it.concurrent('names who holds the port by now; the session stays on record, and moves when it is let', async (t) => {
    const { stage, port } = await openOne(t);
    await reboot(stage);
    const stranger = await startServer(port, '127.0.0.1', (socket) => void socket.destroy());
    t.onTestFinished(() => stranger.close());
    const { code, value } = await resume(stage);
    expect(code).toBe(1);
    const reason = expect.stringMatching(/it had this port before, so files may point there, held by /);
    expect(value).toMatchObject({ sessions: [{ outcome: 'failed', code: 'port-busy', reason }] });
    expect(await stage.records()).toHaveLength(1);
    expect(await stage.net(['up', '--resume', '--auto-port'])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/warning: staging: \d+ is held by/),
    });
    const [moved] = await stage.records();
    const forward = moved?.forwards[0];
    expect(forward).toMatchObject({ movedFrom: port });
    expect(await exchange(forward?.localPort ?? 0, 'again')).toMatchObject(served);
  });

  it.concurrent('leaves out what ran in the foreground, what was lent, and what is elsewhere', async (t) => {
    const { stage, args } = await openOne(t);
    expect(await stage.net([...args, '--label', 'b', '--auto-port'])).toMatchObject({ code: 0 });
    expect(await stage.net([...args, '--label', 'c', '--auto-port'])).toMatchObject({ code: 0 });
    await reboot(stage);
    const [a, b, c] = await stage.records();
    if (a === undefined || b === undefined || c === undefined) throw new Error('three records were written');
    const records = [
      { ...a, foreground: true },
      { ...b, lent: true as const },
      { ...c, owner: { ...c.owner, host: 'laptop/0011223344556677' } },
    ];
    await writeRecords(stage, records);
    const { code, value } = await resume(stage);
    expect(code).toBe(0);
    const left = { outcome: 'left' };
    expect(value).toMatchObject({
      sessions: [left, left, { outcome: 'left', reason: expect.stringContaining('laptop') }],
    });
    expect(await stage.records()).toEqual(records);
    await rm(netStore.path(stage.state));
    await rm(stage.runtime, { recursive: true });
  });

  it.concurrent('opens nothing for a record that was not written here', async (t) => {
    const { stage } = await openOne(t);
    await reboot(stage);
    const [record] = await stage.records();
    if (record === undefined) throw new Error('no record');
    const port = await freePort();
    const forwards = record.forwards.map((forward) => ({ ...forward, localPort: port }));
    await writeRecords(stage, [{ ...record, forwards }]);
    const { code, value } = await resume(stage);
    expect(code).toBe(1);
    expect(value).toMatchObject({ sessions: [{ outcome: 'failed', code: 'resume-incomplete' }] });
    expect(await processesOf(stage)).toEqual([]);
  });

  it.concurrent('takes no flag that says how to open, and no name that nobody has', async (t) => {
    const { stage } = await openOne(t);
    const refused = await stage.net(['up', '--resume', '--host', 'x']);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('--host and --resume: sessions are opened as they were  [usage]');
    expect(await stage.net(['up', '--resume', 'staging', 'nope'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[label-unknown]'),
    });
    expect(await stage.net(['up', 'one', 'two'])).toMatchObject({ code: 2 });
  });
});

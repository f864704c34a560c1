import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import type { Session } from '../../src/state/net.ts';
import { freePort } from '../support/ports.ts';
import { signalIfAlive, waitUntilGone } from '../support/processes.ts';
import { writeRecords } from './support/reboot.ts';
import { eventually, onlyPid } from './support/sandbox-processes.ts';
import { connectLasting, INSTANCE, KEY, openSsmGround, type SsmGround } from './support/ssm-ground.ts';
import { directly, errorOf } from './support/stage.ts';

describe('a session via SSM', () => {
  const openUp = async (test: TestContext, ...more: readonly string[]): Promise<SsmGround> => {
    const ground = await openSsmGround(test);
    const { code, stdout, stderr } = await ground.net(ground.up(...more));
    expect(stdout + stderr).toContain('staging is up');
    expect(code).toBe(0);
    return ground;
  };
  const stateOf = async (ground: SsmGround) => (await ground.status()).sessions[0]?.state;
  const killSupervisor = async (ground: SsmGround) => {
    const pid = await onlyPid(ground, 'supervisor');
    signalIfAlive(pid, 'SIGKILL');
    await waitUntilGone(pid);
  };

  it.concurrent('keeps its connections when SSM closes its socket, and tells so today', async (test) => {
    const ground = await openUp(test);
    const client = await connectLasting(test, ground.port);
    ground.far.sayBye();
    expect(await client.say('still here')).toBe('still here');
    await eventually('ready', async () => (await stateOf(ground)) === 'ready');
    expect((await ground.net(['status'])).stdout).toMatch(
      /^today: staging \S+ \+\d+\.\d s, socket closed by SSM \(1000 "Bye"\), resumed, 1 connection kept, 0 lost$/m,
    );
    await ground.net(['down']);
    expect(ground.open()).toEqual([]);
  });

  it.concurrent('opens another session where one cannot be resumed, and says why', async (test) => {
    const ground = await openUp(test);
    const client = await connectLasting(test, ground.port);
    ground.far.refuseResume(1, 'no-token');
    ground.far.cutSockets();
    await eventually('the end of the connection', async () => client.isCut());
    await eventually('ready', async () => (await stateOf(ground)) === 'ready');
    expect((await ground.status()).sessions[0]?.breaks).toMatchObject([
      { reason: expect.stringMatching(/, new session$/), kept: 0, lost: 1 },
    ]);
    expect((await ground.net(['logs'])).stdout).toMatch(/ready -> reconnecting: .*\n/);
    expect((await ground.records())[0]?.ssm?.sessions).toEqual(ground.open());
  });

  it.concurrent('waits for a login, tells the command, tries at once for net up, and goes on by itself', async (test) => {
    const ground = await openUp(test);
    const client = await connectLasting(test, ground.port);
    ground.far.setStanding(KEY, 'expired');
    ground.far.cutSockets();
    await eventually('the need of a login', async () => (await stateOf(ground)) === 'needs-login');
    const { sessions } = await ground.status();
    expect(sessions[0]).toMatchObject({
      code: 'credentials-expired',
      next: 'hotpass net up staging',
      hint: expect.any(String),
      retry: { attempt: expect.any(Number) },
    });
    expect(await ground.net(ground.up())).toMatchObject({ code: 1 });
    ground.far.setStanding(KEY, 'good');
    // Tries are up to two minutes apart by now: it is net up that makes this one.
    expect(await ground.net(ground.up())).toMatchObject({ code: 0 });
    expect(await client.say('kept')).toBe('kept');
    expect((await ground.status()).sessions[0]?.breaks).toMatchObject([{ kept: 1, lost: 0 }]);
  });

  it.concurrent('goes on with the keys of who comes to help it, and writes them nowhere', async (test) => {
    const callers = [{ accessKeyId: KEY }, { accessKeyId: 'AKIDNEW' }];
    const ground = await openSsmGround(test, { callers });
    expect(await ground.net(ground.up())).toMatchObject({ code: 0 });
    const client = await connectLasting(test, ground.port);
    ground.far.setStanding(KEY, 'expired');
    ground.far.cutSockets();
    await eventually('the need of a login', async () => (await stateOf(ground)) === 'needs-login');
    const { code, stderr } = await ground.net(ground.up());
    expect([code, stderr]).toEqual([1, expect.stringContaining('[credentials-expired]')]);
    const env = { AWS_ACCESS_KEY_ID: 'AKIDNEW', AWS_SECRET_ACCESS_KEY: 'NEW-FAKE-SECRET' };
    expect(await ground.net(ground.up(), { env })).toMatchObject({ code: 0 });
    expect(await client.say('kept')).toBe('kept');
    expect(ground.far.calls().at(-1)?.accessKeyId).toBe('AKIDNEW');
    const { stdout } = await promisify(execFile)('grep', ['-rlE', 'NEW-FAKE|AKIDNEW', ground.root]).catch(
      (error) => error,
    );
    expect(stdout).toBe('');
  });

  it.concurrent('has its sessions on record as long as they are open', async (test) => {
    const ground = await openUp(test, '--channels', '3');
    await eventually('the record', async () => (await ground.records())[0]?.ssm?.sessions?.length === 3);
    expect((await ground.records())[0]?.ssm?.sessions?.toSorted()).toEqual([...ground.open()].sort());
    expect(await ground.net(['down'])).toMatchObject({ code: 0 });
    expect([ground.open(), await ground.records()]).toEqual([[], []]);
  });

  it.concurrent('leaves sessions when it is killed, and the next net up of whatever label ends them', async (test) => {
    const ground = await openUp(test, '--channels', '2');
    await killSupervisor(ground);
    expect(ground.open().length).toBe(2);
    expect((await ground.status()).sessions).toMatchObject([
      {
        state: 'failed',
        through: 'SSM to i-0123456789abcdef0',
        warnings: [expect.stringMatching(/^2 sessions/)],
      },
    ]);
    const echoPort = ground.far.port;
    const other = directly(`other=${await freePort()}:127.0.0.1:${echoPort}`);
    expect(await ground.net([...other, '--label', 'other'])).toMatchObject({ code: 0 });
    expect(ground.open()).toEqual([]);
    // It is still there to be brought back.
    expect(await ground.net(['up', '--resume', 'staging'])).toMatchObject({ code: 0 });
    expect(ground.open().length).toBe(2);
  });

  it.concurrent('leaves sessions when it is killed, and net down ends them, also those that stand on no record', async (test) => {
    const ground = await openUp(test);
    await killSupervisor(ground);
    const [record] = await ground.records();
    expect(record?.ssm?.sessions).toEqual(ground.open());
    await writeRecords(ground, (await ground.records()).map(withoutSessions));
    expect(await ground.net(['down'])).toMatchObject({ code: 0 });
    expect([ground.open(), await ground.records()]).toEqual([[], []]);
  });

  it.concurrent('leaves no session when it is killed while it starts, before that is on record', async (test) => {
    const ground = await openSsmGround(test, { agent: { isMute: true } });
    const up = ground.start(['net', ...ground.up()]);
    const end = once(up, 'close');
    await ground.waitForOpen(1);
    await killSupervisor(ground);
    expect((await end)[0]).toBe(1);
    await writeRecords(ground, (await ground.records()).map(withoutSessions));
    const other = directly(`other=${await freePort()}:127.0.0.1:${ground.far.port}`);
    expect(await ground.net([...other, '--label', 'other'])).toMatchObject({ code: 0 });
    expect(ground.open()).toEqual([]);
  });

  it.concurrent('looks for its bastion again when the session is over, by its name', async (test) => {
    const ground = await openSsmGround(test);
    expect(await ground.net(ground.up('--instance', 'bastion-a'))).toMatchObject({ code: 0 });
    ground.far.setInstance({ id: INSTANCE, name: 'bastion-a', pingStatus: 'ConnectionLost' });
    ground.far.setInstance({ id: 'i-0fedcba9876543210', name: 'bastion-a' });
    ground.far.closeChannels('The instance was terminated');
    await eventually('ready again', async () => {
      const [session] = (await ground.status()).sessions;
      return session?.state === 'ready' && session.through.includes('i-0fedcba9876543210');
    });
    const client = await connectLasting(test, ground.port);
    expect(await client.say('over there')).toBe('over there');
  });

  it.concurrent('respects the idle time-out, tells of it, and opens a session for the next client', async (test) => {
    const ground = await openUp(test);
    ground.far.closeChannels('Your session timed out due to inactivity');
    await eventually('the end', async () => (await ground.net(['logs'])).stdout.includes('session-idle'));
    expect(ground.open()).toEqual([]);
    const client = await connectLasting(test, ground.port);
    expect(await client.say('awake')).toBe('awake');
    expect(ground.open().length).toBe(1);
    ground.far.closeChannels('Your session timed out due to inactivity');
    await eventually('the end of the connection', async () => client.isCut());
    // A look opens it too, once what was learnt of the service is older than a look may be.
    await eventually('another session', async () => {
      expect((await ground.status()).sessions).toMatchObject([{ state: 'ready', breaks: [{ lost: 1 }] }]);
      return ground.open().length === 1;
    });
  });

  it.concurrent('keeps its record when what it left cannot be ended, says so, and ends it later', async (test) => {
    const ground = await openUp(test);
    await killSupervisor(ground);
    ground.far.setStanding(KEY, 'expired');
    const began = performance.now();
    const { code, stdout } = await ground.net(['down', '--json']);
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(code).toBe(1);
    const [sessionId = ''] = ground.open();
    expect(errorOf({ stdout, stderr: '', code, signal: null })).toMatchObject({
      code: 'stop-incomplete',
      message: expect.stringContaining(sessionId),
    });
    expect((await ground.records()).length).toBe(1);
    ground.far.setStanding(KEY, 'good');
    expect(await ground.net(['down'])).toMatchObject({ code: 0 });
    expect(ground.open()).toEqual([]);
  });

  it.concurrent('ends nothing in the account for a record that was not written here', async (test) => {
    const ground = await openUp(test);
    await killSupervisor(ground);
    const ledger = join(ground.env.XDG_STATE_HOME ?? '', 'hotpass', 'ports.json');
    await rename(ledger, `${ledger}.away`);
    expect(await ground.net(['down', '-v'])).toMatchObject({
      stderr: expect.stringContaining('not opened here'),
    });
    expect(ground.open().length).toBe(1);
    // What the service would do at the idle time-out.
    ground.far.closeChannels('');
  });

  it.concurrent('ends its sessions when it is told to end by SIGTERM, and can be brought back', async (test) => {
    const ground = await openUp(test);
    const pid = await onlyPid(ground, 'supervisor');
    signalIfAlive(pid, 'SIGTERM');
    await waitUntilGone(pid);
    expect(ground.open()).toEqual([]);
    expect((await ground.records())[0]?.ssm?.sessions ?? []).toEqual([]);
    expect(await ground.net(['up', '--resume'])).toMatchObject({ code: 0 });
  });

  it.concurrent.for(['SIGINT', 'SIGTERM'] as const)(
    'ends its sessions in foreground at %s',
    async (signal, test) => {
      const ground = await openSsmGround(test);
      const up = ground.start(['net', ...ground.up('--foreground')]);
      const end = once(up, 'close');
      await eventually('ready', async () => (await stateOf(ground)) === 'ready');
      expect(ground.open().length).toBe(1);
      up.kill(signal);
      expect((await end)[0]).toBe(0);
      expect([ground.open(), await ground.records()]).toEqual([[], []]);
    },
  );

  it.concurrent('ends what it has begun when the start is interrupted', async (test) => {
    const ground = await openSsmGround(test, { agent: { isMute: true } });
    const up = ground.start(['net', ...ground.up('--channels', '2')]);
    const end = once(up, 'close');
    await ground.waitForOpen(2);
    up.kill('SIGINT');
    expect((await end)[0]).toBe(1);
    expect(ground.open()).toEqual([]);
  });
});

function withoutSessions(session: Session): Session {
  if (session.ssm === undefined) return session;
  const { sessions: _, ...ssm } = session.ssm;
  return { ...session, ssm };
}

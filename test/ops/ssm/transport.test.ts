import { afterEach, describe, expect, it } from 'vitest';
import type { Instance } from '../../../src/aws.ts';
import { HotpassError } from '../../../src/errors.ts';
import type { Forward, InstanceWish, SsmGateway } from '../../../src/ops/net/plan.ts';
import type { Interruption, OpenTransport } from '../../../src/ops/net/transport.ts';
import { createSsmTransport } from '../../../src/ops/ssm/transport.ts';
import { realTime } from '../net/support.ts';
import { type FakeAccount, fakeAccount, instanceOf } from './fake-channels.ts';

const ID = '0123456789abcdef';
const never = new AbortController().signal;
const over = () => new HotpassError('ssm-failed', 'the session lasted as long as it may');
const idle = () => new HotpassError('session-idle', 'ended by SSM: idle for 20 minutes');
const expired = () => new HotpassError('login-needed', 'the login has expired', { hint: 'log in' });
const forwardOf = (name: string): Forward => ({
  name,
  host: `${name}.internal`,
  port: 4200,
  localPort: 4200,
  probe: 'tcp',
});
const [api, web] = [forwardOf('api'), forwardOf('web')];

describe('a transport over SSM', () => {
  const opened: OpenTransport[] = [];
  afterEach(async () => {
    for (const way of opened.splice(0)) await way.close();
  });

  const make = (account: FakeAccount, ssm: Partial<SsmGateway> = {}, forwards = [api]) => {
    const log: string[] = [];
    const notes: string[] = [];
    const looks: InstanceWish[] = [];
    const found: Instance[] = [instanceOf('i-0abc', 'bastion-a')];
    const transport = createSsmTransport(realTime, {
      ssm: { instance: { id: 'i-0abc' }, channels: 1, client: 'native', ...ssm },
      forwards,
      name: { label: 'staging', id: ID },
      log: (text) => log.push(text),
      onNote: (text) => notes.push(text),
      onOver: () => {},
      settled: async () => {},
      openApi: async () => account.api,
      async findInstance(_api, wish) {
        looks.push(wish);
        if ('id' in wish && wish.id === 'i-0hidden') return { id: wish.id };
        const [next, ...others] = found;
        if (others.length > 0) found.shift();
        return next ?? instanceOf('i-0abc');
      },
      openChannel: account.openChannel,
    });
    return { transport, log, notes, looks, found };
  };
  const open = async (account: FakeAccount, ssm?: Partial<SsmGateway>, forwards?: Forward[]) => {
    const made = make(account, ssm, forwards);
    const way = await made.transport.open(never);
    opened.push(way);
    const told: string[] = [];
    const say = ({ why, forwards }: Interruption) => `${[...forwards].sort().join('+')}: ${why.message}`;
    way.mending?.watch({
      onInterrupted: (interruption) => told.push(say(interruption)),
      onResumed: (how) => told.push(how),
      onCut: (why) => told.push(`cut: ${why.message}`),
      onReplaced: (how) => told.push(`replaced: ${how}`),
    });
    const channel = (index: number) => {
      const one = account.channels[index];
      if (one === undefined) throw new Error(`there is no channel ${index}`);
      return one;
    };
    return { ...made, way, told, channel };
  };

  it('opens channels of its own for each forward, to the remote host, and says whose they are', async () => {
    const account = fakeAccount();
    const { transport } = await open(account, { channels: 2, reason: 'a look' }, [api, web]);
    expect(account.channels.map(({ start }) => start)).toEqual(
      [api, api, web, web].map(({ host }) => ({
        target: 'i-0abc',
        document: 'AWS-StartPortForwardingSessionToRemoteHost',
        parameters: { host: [host], portNumber: ['4200'], localPortNumber: ['0'] },
        reason: `hotpass staging ${ID}: a look`,
      })),
    );
    expect(account.clientIds.size).toBe(1);
    expect(transport.through).toBe('SSM session to i-0abc "bastion-a", agent 3.3.987.0');
  });

  it('says before it is open what it is looking for', () => {
    expect(make(fakeAccount(), { instance: { tags: { Role: 'bastion' } } }).transport.through).toBe(
      'SSM to tag:Role=bastion',
    );
  });

  it('throws the first failure and ends everything that was opened', async () => {
    const denied = new HotpassError('access-denied', 'not allowed');
    const account = fakeAccount('opens', denied, 'hangs');
    await expect(make(account, { channels: 3 }).transport.open(never)).rejects.toBe(denied);
    expect(account.channels.length).toBe(1);
    expect(account.living()).toEqual([]);
  });

  it('waits where the account wants fewer calls, and has all its channels then', async () => {
    const throttled = new HotpassError('aws-throttled', 'slow down');
    const account = fakeAccount('opens', throttled, throttled, 'opens');
    await open(account, { channels: 4 });
    expect(account.living().length).toBe(4);
  });

  it('says what agent it is where nobody may look the instance up', async () => {
    const { transport } = await open(fakeAccount(), { instance: { id: 'i-0hidden' } });
    expect(transport.through).toBe('SSM session to i-0hidden, agent 3.3.987.0');
  });

  it('gives up when it is told to, with nothing left', async () => {
    const account = fakeAccount('opens', 'hangs');
    const abort = new AbortController();
    const opening = make(account, {}, [api, web]).transport.open(abort.signal);
    abort.abort();
    await expect(opening).rejects.toMatchObject({ code: 'interrupted' });
    expect(account.living()).toEqual([]);
  });

  it('gives each stream to the channel that has the fewest and is not interrupted', async () => {
    const account = fakeAccount();
    const { way, channel } = await open(account, { channels: 3 });
    channel(1).interrupt();
    for (let count = 0; count < 4; count += 1) await way.dial(api);
    expect(account.channels.map((one) => one.streams())).toEqual([2, 0, 2]);
    channel(1).resume();
    await way.dial(api);
    expect(account.channels.map((one) => one.streams())).toEqual([2, 1, 2]);
  });

  it('is interrupted when not one channel of some forward is left, and tells each change once', async () => {
    const { told, channel, way, log } = await open(fakeAccount(), { channels: 2 }, [api, web]);
    channel(0).interrupt();
    expect(told).toEqual([]);
    expect(log).toContain('api: user-0 is interrupted: socket closed by SSM  [ssm-failed] (channel 1 of 2)');
    channel(1).interrupt();
    channel(1).interrupt();
    expect(told.splice(0)).toEqual(['api: socket closed by SSM']);
    expect(way.mending?.interruption()?.retry).toEqual({ attempt: 4, inSeconds: 8 });
    await expect(way.dial(api)).rejects.toThrow('socket closed by SSM');
    await way.dial(web);
    channel(2).interrupt();
    channel(3).interrupt();
    channel(1).resume();
    channel(2).resume();
    channel(3).resume();
    channel(0).resume();
    expect(told).toEqual(['api+web: socket closed by SSM', 'web: socket closed by SSM', 'resumed']);
    expect(way.mending?.interruption()).toBeUndefined();
  });

  it('tells first of a login, which only a person can give', async () => {
    const { way, channel } = await open(fakeAccount(), {}, [api, web]);
    channel(0).interrupt();
    channel(1).interrupt(expired());
    expect(way.mending?.interruption()?.why.code).toBe('login-needed');
  });

  it('replaces a session that is over, without touching the others', async () => {
    const account = fakeAccount();
    const { way, told, channel } = await open(account, { channels: 2 });
    const [cut, kept] = [await way.dial(api), await way.dial(api)];
    channel(0).end(over());
    await expect.poll(() => account.living().length).toBe(2);
    expect([cut.destroyed, kept.destroyed]).toEqual([true, false]);
    expect(told).toEqual([`cut: ${over().message}`, 'replaced: new session']);
    expect([await way.isBreaking(cut), await way.isBreaking(kept)]).toEqual([true, false]);
  });

  it('says why while the only session is being replaced, and looks for the bastion again', async () => {
    const account = fakeAccount();
    const { told, channel, found, looks, way, transport } = await open(account, {
      instance: { name: 'bastion' },
    });
    found.push(instanceOf('i-0def', 'bastion-b'));
    found.shift();
    account.tries.push(new HotpassError('instance-not-connected', 'i-0abc is not connected'));
    channel(0).end(over());
    await expect.poll(() => told.at(-1)).toBe('new session');
    expect(told).toEqual([`api: ${over().message}`, 'api: i-0abc is not connected', 'new session']);
    expect(looks).toEqual(Array.from({ length: 3 }, () => ({ name: 'bastion' })));
    expect(channel(1).start.target).toBe('i-0def');
    expect(transport.through).toContain('i-0def');
    await way.dial(api);
    expect(channel(1).streams()).toBe(1);
  });

  it('tries ever more seldom, tells when, and at once when it is hurried', async () => {
    const account = fakeAccount();
    const { way, channel } = await open(account);
    account.tries.push(over(), over(), over());
    channel(0).end(over());
    const retry = () => way.mending?.interruption()?.retry;
    await expect.poll(retry, { timeout: 5_000 }).toMatchObject({ attempt: 4 });
    const hurried = performance.now();
    way.mending?.hurry();
    await way.mending?.tried();
    await expect.poll(() => way.mending?.interruption()).toBeUndefined();
    expect(performance.now() - hurried).toBeLessThan(1_000);
  });

  it('opens a session that ended because nobody used it for the next who comes, and not before', async () => {
    const account = fakeAccount();
    const { way, told, channel } = await open(account, { channels: 2 });
    channel(0).end(idle());
    channel(1).end(idle());
    await realTime.sleep(20);
    expect([told, account.channels.length]).toEqual([[], 2]);
    expect(way.evidence(api)).toMatch(/^no SSM session is open/);
    const streams = await Promise.all([way.dial(api), way.dial(api)]);
    expect(account.channels.map((one) => one.streams())).toEqual([0, 0, 1, 1]);
    expect(streams.every((stream) => !stream.destroyed)).toBe(true);
    expect(way.evidence(api)).toBe('2 of 2 SSM sessions; session user-2');
  });

  it('is interrupted when a session that slept cannot be opened again', async () => {
    const account = fakeAccount();
    const { way, told, channel } = await open(account);
    channel(0).end(idle());
    await expect.poll(() => way.evidence(api)).toMatch(/^no SSM session/);
    account.tries.push(expired());
    await expect(way.dial(api)).rejects.toMatchObject({ code: 'login-needed' });
    expect(told).toEqual(['api: the login has expired']);
    way.mending?.hurry();
    await expect.poll(() => told.at(-1)).toBe('new session');
  });

  it('lets nobody wait for a sleeping session that is told to end', async () => {
    const account = fakeAccount('opens', 'hangs');
    const { way, channel } = await open(account);
    channel(0).end(idle());
    await new Promise(setImmediate);
    const dialled = way.dial(api);
    await new Promise(setImmediate);
    await way.close();
    await expect(dialled).rejects.toMatchObject({ code: 'interrupted' });
    await expect(way.dial(api)).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('tells of clients that an idle time-out cut', async () => {
    const { way, told, channel } = await open(fakeAccount());
    await way.dial(api);
    channel(0).end(idle());
    await expect.poll(() => told.length).toBe(2);
    expect(told).toEqual([`cut: ${idle().message}`, 'replaced: opened again for the next client']);
  });

  it('asks every channel for a sign of life, and leaves it to them to resume', async () => {
    const account = fakeAccount();
    const { way } = await open(account, { channels: 2 }, [api, web]);
    expect(await way.answers?.(100)).toBe(true);
    expect(account.channels.map(({ asked }) => asked.answers)).toEqual([1, 1, 1, 1]);
  });

  it('renews the sessions of one forward; the old ones end with their last stream', async () => {
    const account = fakeAccount();
    const { way, told, channel } = await open(account, {}, [api, web]);
    const old = await way.dial(api);
    await way.mending?.renew(api);
    await way.dial(api);
    expect(account.channels.map((one) => one.streams())).toEqual([1, 0, 1]);
    expect([told, channel(0).isClosed()]).toEqual([[], false]);
    old.destroy();
    await expect.poll(() => channel(0).isClosed(), { timeout: 3_000 }).toBe(true);
    expect(account.living().length).toBe(2);
    channel(2).interrupt();
    expect(told).toEqual(['api: socket closed by SSM']);
  });

  it('tells each word of the administrator once, and each refusal to who asks', async () => {
    const { way, notes, channel } = await open(fakeAccount(), { channels: 2 });
    channel(0).listener.onMessage('Activity is recorded');
    channel(1).listener.onMessage('Activity is recorded');
    expect(notes).toEqual(['Activity is recorded']);
    const refusals: string[] = [];
    const deaf = way.onRefusal?.((why) => refusals.push(why));
    channel(1).listener.onRefusal('refused');
    deaf?.();
    channel(1).listener.onRefusal('refused again');
    expect(refusals).toEqual(['refused']);
  });

  it('ends everything when it is closed, also what is just being opened or renewed', async () => {
    const account = fakeAccount();
    const { way, channel } = await open(account, { channels: 2 }, [api, web]);
    account.tries.push('hangs', 'hangs', 'hangs');
    channel(0).end(over());
    const renewing = way.mending?.renew(web).catch((error: unknown) => error);
    await expect.poll(() => account.tries.length).toBe(0);
    await way.close();
    expect(account.living()).toEqual([]);
    expect(await way.lost).toMatchObject({ code: 'interrupted' });
    expect(await renewing).toMatchObject({ code: 'interrupted' });
  });
});

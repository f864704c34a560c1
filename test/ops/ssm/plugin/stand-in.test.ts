import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SsmApi } from '../../../../src/aws.ts';
import { createProcesses } from '../../../../src/ops/process.ts';
import type { Channel } from '../../../../src/ops/ssm/channel/channel.ts';
import { openPluginChannel } from '../../../../src/ops/ssm/plugin/open-plugin-channel.ts';
import { isRunning } from '../../../support/processes.ts';
import { testSystem } from '../../../support/system.ts';

const script = fileURLToPath(new URL('../../../support/stand-in-plugin.mjs', import.meta.url));
const TOKEN = 'a-token-that-nobody-may-see';
const SECRET = 'a-secret-of-the-operator';

interface Play {
  readonly version?: string;
  readonly play?: string;
  readonly closing?: string;
}

// A program that prints what was recorded; the official one is in real-plugin.test.ts.
describe('the plugin, by a stand-in that replays its recorded output', () => {
  let folder: string;
  let channel: Channel | undefined;
  let started: number;
  let terminated: string[];
  let told: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hps-'));
    channel = undefined;
    started = 0;
    terminated = [];
    told = [];
  });
  afterEach(async () => {
    await channel?.close();
    for (const { pid } of await notes()) expect(await isRunning(pid)).toBe(false);
    expect((await readdir(folder)).filter((name) => name.startsWith('plugin-'))).toEqual([]);
    await rm(folder, { recursive: true });
  });

  const notes = async (): Promise<{ pid: number; argv: string[]; env: Record<string, string> }[]> => {
    const text = await readFile(join(folder, 'notes'), 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)));
  };

  const api: SsmApi = {
    region: 'eu-west-1',
    endpoint: new URL('http://127.0.0.1:1/'),
    async startSession() {
      started += 1;
      return {
        sessionId: `demo-${started}`,
        streamUrl: 'ws://127.0.0.1:1/v1/data-channel/demo',
        token: TOKEN,
      };
    },
    resumeSession: async () => undefined,
    async terminateSession(sessionId) {
      terminated.push(sessionId);
    },
    findInstances: async () => [],
    findSessions: async () => [],
  };

  const open = async (play: Play, { isInstalled = true, speed = 1 } = {}) => {
    const recorded = await printedIn('02-http-get.jsonl');
    const [, opening = ''] = /^(.*Waiting for connections\.\.\.\n)/s.exec(recorded) ?? [];
    const standIn = {
      opening: opening.replace(/Port \d+/, 'Port PORT'),
      closing: recorded.slice(recorded.indexOf('Terminate signal')),
      notes: join(folder, 'notes'),
      ...play,
    };
    const program = join(folder, 'session-manager-plugin');
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`);
    await chmod(program, 0o755);
    const env = {
      PATH: isInstalled ? `${folder}:${process.env.PATH}` : '/usr/bin:/bin',
      STAND_IN: JSON.stringify(standIn),
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_PROFILE: 'staging',
    };
    // Waits of many seconds are over at once.
    const sleep = (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms >= 20_000 ? 1_000 : ms);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    const sys = testSystem({
      processes: createProcesses(process.platform),
      sleep,
      monotonic: () => performance.now() * speed,
    });
    const start = {
      target: 'i-0123456789abcdef0',
      document: 'AWS-StartPortForwardingSessionToRemoteHost',
      parameters: { host: ['prefect'], portNumber: ['4200'], localPortNumber: ['0'] },
      reason: 'hotpass',
    };
    const listener = {
      onInterrupted: () => {},
      onResumed: () => {},
      onRefusal: () => {},
      onMessage: (text: string) => told.push(text),
    };
    const log = () => {};
    channel = await openPluginChannel(
      sys,
      { api, start, env, folder, listener, log },
      new AbortController().signal,
    );
    return channel;
  };

  it('takes connections, and leaves when it is closed', async () => {
    const stream = await (await open({})).dial();
    stream.write('there and back');
    const [bytes] = await once(stream, 'data');
    expect(String(bytes)).toBe('there and back');
    await channel?.close();
    expect(stream.destroyed).toBe(true);
    expect(terminated).toEqual(['demo-1']);
    expect(told).toEqual([]);
  });

  it('hands token and request over as the AWS CLI does, the token in the environment alone', async () => {
    await open({});
    const [noted] = await notes();
    if (noted === undefined) throw new Error('it was not started');
    const { argv, env } = noted;
    expect(argv).toEqual([
      'AWS_SSM_START_SESSION_RESPONSE',
      'eu-west-1',
      'StartSession',
      '',
      expect.stringContaining('"Target":"i-0123456789abcdef0"'),
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    ]);
    expect(JSON.parse(env.AWS_SSM_START_SESSION_RESPONSE ?? '')).toEqual({
      SessionId: 'demo-1',
      StreamUrl: 'ws://127.0.0.1:1/v1/data-channel/demo',
      TokenValue: TOKEN,
    });
    expect(argv.join(' ')).not.toContain(TOKEN);
    expect(JSON.stringify(env)).not.toContain(SECRET);
    expect(env.AWS_PROFILE).toBeUndefined();
  });

  it('is killed when it does not leave', async () => {
    await open({ play: 'is deaf to signals' });
    await channel?.close();
    expect(terminated).toEqual(['demo-1']);
  });

  it.each([
    [
      "\nCannot perform start session: Can't send message: Connection is closed.\n",
      'ssm-failed',
      "Can't send message",
    ],
    [
      '\n\nSessionId: demo-1 : Forwarding to IP address 169.254.169.254 is forbidden.\n\n',
      'remote-forbidden',
      '169.254',
    ],
    ['', 'ssm-failed', 'session-manager-plugin ended without a word'],
  ])('takes %j for a failure, though its exit status is 0', async (closing, code, words) => {
    const error = await open({ play: 'leaves', closing }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(terminated).toEqual(['demo-1']);
  });

  it('ends with what it says when it leaves later, and breaks its connections off', async () => {
    const recorded = await printedIn('10-idle-timeout.jsonl');
    const closing = recorded.slice(recorded.indexOf('\n\nSessionId:'));
    const opened = await open({ play: 'leaves when it is used', closing });
    const stream = await opened.dial();
    stream.on('error', () => {});
    stream.resume().write('.');
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.readableEnded).toBe(false);
    expect(await opened.ended).toMatchObject({ code: 'session-idle' });
    await opened.close();
    expect(terminated).toEqual(['demo-1']);
  });

  it.each(['is deaf', 'is stuck'])(
    'is started again when it %s, and given up when it always is',
    async (play) => {
      const error = await open({ play }, { speed: 4 }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'ssm-failed',
        message: 'session-manager-plugin does not hear its agent',
      });
      expect(terminated).toEqual(['demo-1', 'demo-2', 'demo-3']);
    },
  );

  it('is given up when it never listens', async () => {
    const error = await open({ play: 'is mute' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ssm-failed',
      message: 'the agent of i-0123456789abcdef0 does not speak',
    });
    expect(terminated).toEqual(['demo-1']);
  });

  it.each(['1.2.497.0', '1.2.463.0', '1.1.54.0', '', 'who knows'])(
    'starts no session by version "%s", which would show the token',
    async (version) => {
      const error = await open({ version }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'plugin-too-old',
        hint: expect.stringContaining('--ssm-client plugin'),
      });
      expect(started).toBe(0);
    },
  );

  it('says what to do when none is installed', async () => {
    const error = await open({}, { isInstalled: false }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'program-missing', hint: 'leave out --ssm-client plugin' });
    expect(started).toBe(0);
  });
});

/** What the official plugin printed in a recording. */
async function printedIn(file: string): Promise<string> {
  const text = await readFile(new URL(`../../../fixtures/ssm/${file}`, import.meta.url), 'utf8');
  const [, stdout = '""'] = /"stdout": ?("(?:[^"\\]|\\.)*")/.exec(text.split('\n', 1)[0] ?? '') ?? [];
  return String(JSON.parse(stdout));
}

import { connect, type Socket } from 'node:net';
import type { TestContext } from 'vitest';
import { type RehearsedSsm, startSsm } from '../../../src/rehearsal/ssm/index.ts';
import type { StartSsm } from '../../../src/rehearsal/ssm/options.ts';
import type { RunHotpass } from '../../support/hotpass.ts';
import { freePort, startEcho } from '../../support/ports.ts';
import { eventually } from './sandbox-processes.ts';
import { openStage, type Stage } from './stage.ts';

/** Who signs the requests of a stage. */
export const KEY = 'AKIDREHEARSED';
export const INSTANCE = 'i-0123456789abcdef0';
const FAR_HOST = 'echo.internal';

/** A stage with a rehearsed Systems Manager, and an echo behind its instance. */
export interface SsmGround extends Stage {
  readonly far: RehearsedSsm;
  /** A local port for the forward `echo`. */
  readonly port: number;
  /** The variables that lead to the service; given to `net` and `start` of this stage as they are. */
  readonly aws: Readonly<Record<string, string>>;
  /** The arguments of a `net up` to the echo. */
  up(...more: readonly string[]): string[];
  /** Ids of the sessions that are open over there. */
  open(): readonly string[];
  /** Waits until so many are open. */
  waitForOpen(count: number): Promise<void>;
}

/** Opens a stage before a rehearsed Systems Manager; the test fails if a session is left open over there. */
export async function openSsmGround(test: TestContext, options: StartSsm = {}): Promise<SsmGround> {
  const echo = await startEcho();
  const far = await startSsm({ hosts: { [FAR_HOST]: `127.0.0.1:${echo.port}` }, ...options });
  const open = () => far.sessions().flatMap(({ id, state }) => (state === 'Terminated' ? [] : [id]));
  // Hooks run in reverse order: the stage ends before this is looked at.
  test.onTestFinished(async () => {
    const left = open();
    await Promise.all([far.close(), echo.close()]);
    if (left.length > 0) throw new Error(`still open over there: ${left.join(', ')}`);
  });
  const stage = await openStage(test);
  const aws = {
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: 'FAKE-SECRET',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_SSM: far.url,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
  const withAws = (given: RunHotpass = {}): RunHotpass => ({ ...given, env: { ...aws, ...given.env } });
  const port = await freePort();
  return {
    ...stage,
    net: (args, given) => stage.net(args, withAws(given)),
    start: (args, given) => stage.start(args, withAws(given)),
    far,
    port,
    aws,
    up: (...more) => [
      'up',
      ...(more.includes('--instance') ? [] : ['--instance', INSTANCE]),
      '--forward',
      `echo=${port}:${FAR_HOST}:7`,
      ...more,
    ],
    open,
    async waitForOpen(count) {
      await eventually(`${count} open sessions`, async () => open().length === count);
    },
  };
}

/** A client that stays connected and says a word now and then. */
export interface LastingClient {
  /** Gives what comes back, or `closed`. */
  say(text: string): Promise<string>;
  isCut(): boolean;
}

/** Connects a client that stays until its test ends. */
export async function connectLasting(test: TestContext, port: number): Promise<LastingClient> {
  const socket: Socket = connect({ port, host: '127.0.0.1' }).on('error', () => {});
  test.onTestFinished(() => void socket.destroy());
  const say = (text: string) =>
    new Promise<string>((resolve) => {
      socket.once('data', (bytes: Buffer) => resolve(bytes.toString()));
      socket.once('close', () => resolve('closed'));
      socket.write(text);
    });
  await say('hello');
  return { say, isCut: () => socket.destroyed };
}

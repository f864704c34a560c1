import { once } from 'node:events';
import type { TestContext } from 'vitest';
import { messageOf } from '../../../src/errors.ts';
import { startMarquez } from '../../../src/rehearsal/marquez.ts';
import { startPrefect } from '../../../src/rehearsal/prefect.ts';
import type { WebService } from '../../../src/rehearsal/web-service.ts';
import { eventually } from '../../real/support/sandbox-processes.ts';
import { openStage, type Stage, throughSsh } from '../../real/support/stage.ts';
import type { View } from '../../real/support/views.ts';
import { createFakeClock, type FakeClock } from '../../support/faketime.ts';
import { freePort } from '../../support/ports.ts';
import { type Sshd, startSshd } from '../../support/sshd.ts';
import { addToClient } from '../../support/sshd-files.ts';
import type { FaultReport } from './confusion.ts';
import { findContradictions, judgeLook, type Truth, type Word } from './judge-looks.ts';
import { type Relay, startRelay } from './relay.ts';
import { watchService, watchStatus } from './watch.ts';

/** One session that works, everything behind it, and what a fault says about it while it plays. */
export interface Scene {
  readonly stage: Stage;
  readonly sshd: Sshd;
  /** Between ssh and sshd. */
  readonly relay: Relay;
  /** The service that the test's own client asks. */
  readonly prefect: WebService;
  /** Arguments of the `net up` that opened the session. */
  readonly up: readonly string[];
  /** The wall clock of the session; of the looks too, with its `env`. */
  readonly clock: FakeClock;
  /** Says what is true from now on. */
  is(word: Word, told: Pick<Truth, 'withinMs' | 'meanwhile' | 'unproven'>): void;
  /**
   * Says that the cause is gone; the session is `ready` when the test's own client is served again, not before. These
   * words may still be said for as long as a word may be old.
   */
  heals(meanwhile?: readonly Word[]): Promise<void>;
  /** Lets time pass in which the session is looked at. */
  stay(ms: number): Promise<void>;
  /** Looks from another container from now on; without one, from here again. */
  lookFrom(view?: View): void;
  /** Does this when the scene is over, however it went. */
  readonly afterwards: TestContext['onTestFinished'];
}

/** One way in which a session can break, and heal again. */
export interface Fault {
  readonly name: string;
  readonly throughRelay?: boolean;
  /** The session runs in the foreground by a clock that the fault sets, as do the looks. */
  readonly byFakeClock?: boolean;
  play(scene: Scene): Promise<void>;
}

/** What the program can see on its own machine. */
export const LOCAL_MS = 1_000;
/** A word may be 2 s old, and a service that stays silent is waited for. */
export const SERVICE_MS = 2_000;
/** Nothing comes from the far side any more. */
export const SILENT_MS = 20_000;

const HEALED_WITHIN_MS = 60_000;
const BEFORE_MS = 1_500;
const AFTER_MS = 3_000;

/** Opens a session, plays a fault on it, and gives what was said beside what was true. */
export async function playFault(test: TestContext, fault: Fault): Promise<FaultReport> {
  const sshd = await startSshd();
  test.onTestFinished(() => sshd.stop());
  const relay = await startRelay(await freePort(), sshd.port);
  test.onTestFinished(() => relay.close());
  const stage = await openStage(test);
  const [prefect, marquez] = await Promise.all([startPrefect({ port: await freePort() }), startMarquez()]);
  test.onTestFinished(async () => {
    await Promise.all([prefect.close(), marquez.close()]);
  });
  const port = await freePort();
  const up = throughSsh(
    { ...sshd, alias: fault.throughRelay ? await addRelayed(sshd, relay) : sshd.alias },
    `prefect=${port}:127.0.0.1:${prefect.port}`,
    `marquez=${await freePort()}:127.0.0.1:${marquez.port}`,
  );
  const clock = await createFakeClock(stage.root);
  if (fault.byFakeClock) await openForeground(test, stage, up, clock);
  else await openBackground(stage, up);

  const truths: Truth[] = [{ from: performance.now(), word: 'ready', withinMs: LOCAL_MS }];
  const problems: string[] = [];
  const env = fault.byFakeClock ? clock.env : {};
  let from: View | undefined;
  const looks = watchStatus(() =>
    from === undefined
      ? stage.net(['status', '--json'], { env })
      : from.hotpass(stage, ['net', 'status', '--json']),
  );
  const tries = watchService(port);
  const stay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  try {
    await stay(BEFORE_MS);
    await fault.play({
      stage,
      sshd,
      relay,
      prefect,
      up,
      clock,
      stay,
      is: (word, told) => void truths.push({ from: performance.now(), word, ...told }),
      async heals(meanwhile = []) {
        const cause = performance.now();
        const { ended } = await eventually(
          'a client is served again',
          async () => tries.seen.find(({ began, served }) => served && began >= cause),
          HEALED_WITHIN_MS,
        );
        truths.push({ from: ended, cause, word: 'ready', withinMs: SERVICE_MS, meanwhile });
      },
      lookFrom(view) {
        from = view;
      },
      afterwards: test.onTestFinished,
    });
    await stay(AFTER_MS);
  } catch (error) {
    // What was seen until then says more than the error alone.
    problems.push(messageOf(error));
  } finally {
    await Promise.all([looks.stop(), tries.stop()]);
  }
  problems.push(...findContradictions(tries.seen, truths));
  const judged = looks.seen.map((look) => judgeLook(look, truths));
  return { fault: fault.name, truths, judged, problems, lateMs: tries.lateMs() };
}

async function openBackground(stage: Stage, up: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await stage.net(up);
  if (code !== 0) throw new Error(`net up: ${stdout}${stderr}`);
}

async function openForeground(
  test: TestContext,
  stage: Stage,
  up: readonly string[],
  { env }: FakeClock,
): Promise<void> {
  const session = stage.start(['net', ...up, '--foreground'], { env });
  const end = once(session, 'close');
  test.onTestFinished(async () => {
    session.kill('SIGTERM');
    await end;
  });
  await eventually('the session', async () => (await stage.status()).sessions[0]?.state === 'ready');
}

/** Tells the client of an sshd about the same server behind a relay; returns the alias. */
async function addRelayed(sshd: Sshd, { port }: Relay): Promise<string> {
  const alias = 'far';
  const knownHost = sshd.hostKeyLine.replace(`:${sshd.port} `, `:${port} `);
  await addToClient(sshd, { alias, port, user: sshd.user, knownHost });
  return alias;
}

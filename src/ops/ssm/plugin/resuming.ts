import type { Socket } from 'node:net';
import type { SsmApi } from '../../../aws.ts';
import { createDeferred } from '../../../deferred.ts';
import { HotpassError } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import type { Retry } from '../../net/status.ts';
import type { ChannelListener } from '../channel/channel.ts';
import { createRetries } from '../channel/retries.ts';
import { within } from '../channel/within.ts';
import { PLUGIN } from './check-plugin.ts';

/** What a plugin's lost socket means to its channel. */
export interface Resuming {
  /** Gets the token that the plugin asks for; undefined when the session is over. */
  resume(): Promise<string | undefined>;
  /** Whether the plugin has its socket, asks for a token, or was given one. */
  phase(): 'well' | 'asking' | 'answered';
  /** The plugin has its socket again. */
  back(): void;
  /** Resolves when new streams can be opened, or never can. */
  over(): Promise<void>;
  hurry(): void;
  next(): Retry | undefined;
}

export interface CreateResuming {
  readonly api: Pick<SsmApi, 'resumeSession'>;
  readonly sessionId: string;
  readonly over: AbortSignal;
  readonly streams: ReadonlySet<Socket>;
  readonly listener: ChannelListener;
}

const CALL_MS = 15_000;

/**
 * Makes what resumes the session for a plugin. Without its socket the plugin drops whatever a client sends, and never
 * sends again: streams are kept back until it has another.
 */
export function createResuming(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  { api, sessionId, over, streams, listener }: CreateResuming,
): Resuming {
  let phase: ReturnType<Resuming['phase']> = 'well';
  let whole = createDeferred<void>();
  whole.resolve();
  const retries = createRetries(sys, over, listener.onInterrupted);
  over.addEventListener('abort', () => whole.resolve(), { once: true });

  return {
    async resume() {
      if (phase === 'well') {
        whole = createDeferred();
        for (const stream of streams) stream.cork();
        listener.onInterrupted(new HotpassError('ssm-failed', `${PLUGIN} lost its connection to SSM`));
      }
      phase = 'asking';
      let token: string | undefined;
      await retries.run(async (signal) => {
        const resumed = await within(
          sys,
          CALL_MS,
          signal,
          (cut) => api.resumeSession(sessionId, cut),
          () => new HotpassError('aws-unreachable', 'Systems Manager did not answer in time'),
        );
        token = resumed?.token;
      });
      phase = 'answered';
      return token;
    },
    phase: () => phase,
    back() {
      phase = 'well';
      retries.forget();
      for (const stream of streams) stream.uncork();
      whole.resolve();
      listener.onResumed();
    },
    over: () => whole.promise,
    hurry: retries.hurry,
    next: () => (phase === 'well' ? undefined : retries.next()),
  };
}

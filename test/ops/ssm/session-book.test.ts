import { describe, expect, it } from 'vitest';
import type { SsmApi } from '../../../src/aws.ts';
import { createDeferred } from '../../../src/deferred.ts';
import { createSessionBook } from '../../../src/ops/ssm/session-book.ts';
import { realTime } from '../net/support.ts';
import { silentApi } from './fake-channels.ts';

const never = new AbortController().signal;
const start = { target: 'i-0abc', document: 'D', parameters: {}, reason: 'r' };

function make(over: Partial<SsmApi> = {}) {
  const written: (readonly string[])[] = [];
  let count = 0;
  let gate: Promise<void> = Promise.resolve();
  const failures: unknown[] = [];
  const book = createSessionBook(realTime, {
    async write(ids) {
      await gate;
      written.push(ids);
    },
    onFailed: (error) => failures.push(error),
    log: () => {},
  });
  const api = book.watch({
    ...silentApi,
    async startSession() {
      count += 1;
      return { sessionId: `s-${count}`, streamUrl: 'wss://x', token: 'secret' };
    },
    resumeSession: async () => undefined,
    terminateSession: async () => {},
    ...over,
  });
  return { book, api, written, failures, block: (until: Promise<void>) => (gate = until) };
}

describe('the book of open sessions', () => {
  it('writes a session down when it exists, and strikes it out when the service has ended it', async () => {
    const { book, api, written } = make();
    await api.startSession(start, never);
    expect(book.open()).toEqual(['s-1']);
    await book.settled();
    await api.terminateSession('s-1', never);
    await book.settled();
    expect(written).toEqual([['s-1'], []]);
  });

  it('keeps one that could not be ended', async () => {
    const { book, api } = make({ terminateSession: () => Promise.reject(new Error('no network')) });
    await api.startSession(start, never);
    await expect(api.terminateSession('s-1', never)).rejects.toThrow('no network');
    expect(book.open()).toEqual(['s-1']);
  });

  it('strikes out one that cannot be resumed, or of which the far side says that it is over', async () => {
    const { book, api } = make();
    await api.startSession(start, never);
    await api.startSession(start, never);
    await api.resumeSession('s-1', never);
    await book.settled();
    expect(book.open()).toEqual(['s-2']);
    book.strike('s-2');
    expect(book.open()).toEqual([]);
  });

  it('writes those that start together at once, and keeps nobody waiting for it', async () => {
    const { book, api, written, block } = make();
    const go = createDeferred<void>();
    block(go.promise);
    for (let count = 0; count < 5; count += 1) await api.startSession(start, never);
    expect(written).toEqual([]);
    go.resolve();
    await book.settled();
    expect(written.at(-1)).toEqual(['s-1', 's-2', 's-3', 's-4', 's-5']);
    expect(written.length).toBeLessThanOrEqual(2);
  });

  it('ends a session that was started for somebody who gave up meanwhile', async () => {
    const ended: string[] = [];
    const go = createDeferred<void>();
    const { book, api } = make({
      async startSession() {
        await go.promise;
        return { sessionId: 's-late', streamUrl: 'wss://x', token: 'secret' };
      },
      terminateSession: async (id) => void ended.push(id),
    });
    const abort = new AbortController();
    const starting = api.startSession(start, abort.signal);
    abort.abort();
    go.resolve();
    await book.settled();
    expect([ended, book.open()]).toEqual([['s-late'], []]);
    await starting;
  });

  it('goes on when the record cannot be written', async () => {
    const { book, api, failures, block } = make();
    const failing = Promise.reject(new Error('disk full'));
    block(failing);
    await api.startSession(start, never);
    await book.settled();
    expect(failures).toHaveLength(1);
    expect(book.open()).toEqual(['s-1']);
  });
});

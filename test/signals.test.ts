import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { followSignals } from '../src/signals.ts';

it('an abort that follows others is aborted by each of them, and by itself', () => {
  for (const which of [0, 1]) {
    const sources = [new AbortController(), new AbortController()];
    const { signal } = followSignals(...sources.map((source) => source.signal));
    expect(signal.aborted).toBe(false);
    sources[which]?.abort();
    expect(signal.aborted).toBe(true);
  }
  const alone = followSignals(new AbortController().signal);
  alone.abort();
  expect(alone.signal.aborted).toBe(true);
  expect(followSignals(AbortSignal.abort()).signal.aborted).toBe(true);
});

it('an abort that is free follows nobody, and nothing of it stays with who lives on', () => {
  const source = new AbortController();
  const following = followSignals(source.signal);
  following.free();
  source.abort();
  expect(following.signal.aborted).toBe(false);
  expect(getEventListeners(source.signal, 'abort')).toEqual([]);
});

import { expect, it } from 'vitest';
import { createDeferred } from '../../../../src/deferred.ts';
import { watchStops } from '../../../../src/ops/net/ssh/stopped.ts';

/** A child, and a clock that stands still until it is told how long somebody slept. */
function createScene() {
  const exited = createDeferred<{ exitCode: number | null; signal: string | null }>();
  const sleepers: { readonly ms: number; wake(): void }[] = [];
  const scene = {
    isStopped: false,
    ended: 0,
    wake(ms: number) {
      const index = sleepers.findIndex((sleeper) => sleeper.ms === ms);
      if (index < 0) throw new Error(`nobody sleeps for ${ms} ms`);
      sleepers.splice(index, 1)[0]?.wake();
      return new Promise(setImmediate);
    },
    sleepers: () => sleepers.map(({ ms }) => ms),
    exit: () => exited.resolve({ exitCode: 0, signal: null }),
  };
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      sleepers.push({ ms, wake: resolve });
      signal?.addEventListener('abort', () => resolve());
    });
  const child = { isStopped: () => scene.isStopped, exited: exited.promise };
  const endIfStopped = watchStops({ sleep }, child, async () => {
    scene.ended += 1;
  });
  return { scene, endIfStopped };
}

it('ends a child that stays stopped, when it is asked for and by itself', async () => {
  const { scene, endIfStopped } = createScene();
  await endIfStopped();
  expect(scene.ended).toBe(0);
  scene.isStopped = true;
  const asked = endIfStopped();
  await scene.wake(500);
  await asked;
  expect(scene.ended).toBe(1);
  await scene.wake(5_000);
  await scene.wake(500);
  expect(scene.ended).toBe(2);
});

it('leaves a child alone that was stopped for a moment only', async () => {
  const { scene, endIfStopped } = createScene();
  scene.isStopped = true;
  const asked = endIfStopped();
  scene.isStopped = false;
  await scene.wake(500);
  await asked;
  expect(scene.ended).toBe(0);
});

it('looks no more when the child has ended', async () => {
  const { scene } = createScene();
  scene.exit();
  await new Promise(setImmediate);
  expect(scene.sleepers()).toEqual([5_000]);
});

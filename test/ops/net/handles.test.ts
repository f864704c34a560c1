import { expect, it } from 'vitest';
import { createHandles } from '../../../src/ops/net/handles.ts';

const WARNING =
  'no more clients are taken: this session may open no more than 4096 files; raise that (ulimit -n) and open it again';

it('clients are taken in as long as enough stays for the rest', async () => {
  const warnings: string[] = [];
  const handles = createHandles(1, (warning) => warnings.push(warning), 4096);
  expect(await handles.keep()).toBeUndefined();
  // None of them has its far end yet, so each is counted.
  const settles = Array.from({ length: 4096 }, () => handles.admit());
  const taken = settles.filter((settle) => settle !== undefined);
  expect(taken.length).toBeGreaterThan(1000);
  expect(taken.length).toBeLessThan(4096 - 16);
  expect(new Set(warnings)).toEqual(new Set([WARNING]));
  expect(await handles.keep()).toBe(WARNING);
  for (const settle of taken) {
    settle();
    settle();
  }
  expect(await handles.keep()).toBeUndefined();
  expect(handles.admit()).toBeDefined();
});

it('without a limit everybody is taken in', async () => {
  const handles = createHandles(1, () => {}, Number.POSITIVE_INFINITY);
  for (let client = 0; client < 5_000; client += 1) expect(handles.admit()).toBeDefined();
  expect(await handles.keep()).toBeUndefined();
});

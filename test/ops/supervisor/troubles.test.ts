import { expect, it } from 'vitest';
import { createTroubles } from '../../../src/ops/supervisor/troubles.ts';

it('troubles are listed as they are now, and logged when they begin and end', () => {
  const log: string[] = [];
  const troubles = createTroubles((text) => log.push(text));
  troubles.tell('log', undefined);
  troubles.tell('log', 'the disk is full');
  troubles.tell('record', 'the folder is gone');
  troubles.tell('log', 'the disk is still full');
  expect(troubles.list()).toEqual(['the disk is still full', 'the folder is gone']);
  troubles.tell('log', undefined);
  troubles.tell('log', undefined);
  expect(troubles.list()).toEqual(['the folder is gone']);
  expect(log).toEqual([
    'warning: the disk is full',
    'warning: the folder is gone',
    'mended: the disk is still full',
  ]);
});

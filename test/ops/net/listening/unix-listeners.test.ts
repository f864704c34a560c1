import { describe, expect, it } from 'vitest';
import { parseListeners } from '../../../../src/ops/net/listening/unix-listeners.ts';

const TABLE = [
  'Num       RefCount Protocol Flags    Type St Inode Path',
  '0000000000000000: 00000002 00000000 00010000 0001 01   101 ../ab/1/0.sock',
  '0000000000000000: 00000003 00000000 00000000 0001 03   102 ../ab/2/0.sock',
  '0000000000000000: 00000003 00000000 00000000 0001 03   103',
  '',
].join('\n');

describe('parseListeners', () => {
  it('finds who takes connections', () => {
    expect(parseListeners('../ab/1/0.sock', TABLE)).toEqual(['101']);
  });

  it('takes no connection that is left of it for one', () => {
    expect(parseListeners('../ab/2/0.sock', TABLE)).toEqual([]);
  });

  it.each(['0.sock', '../ab/3/0.sock'])('does not find %s', (path) => {
    expect(parseListeners(path, TABLE)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { createFrameReader } from '../../../../src/ops/ssm/smux/frame-reader.ts';
import { createRandom, frame, noise } from './peer.ts';

/** What a reader told, with neighbouring data of one stream put together. */
function readAll(pieces: readonly Buffer[]): string[] {
  const told: string[] = [];
  const read = createFrameReader({
    onSignal: (command, id) => told.push(`${id} signal ${command}`),
    onData(id, bytes) {
      expect(bytes.length).toBeGreaterThan(0);
      const before = told.at(-1);
      const hex = bytes.toString('hex');
      if (before?.startsWith(`${id} data `) === true) told[told.length - 1] = before + hex;
      else told.push(`${id} data ${hex}`);
    },
    onProtocolError: (why) => told.push(why),
  });
  for (const piece of pieces) read(piece);
  return told;
}

const stream = Buffer.concat([
  frame('PSH', 3, 'hello'),
  frame('NOP', 0),
  frame('PSH', 4_294_967_295, noise(1, 300)),
  frame('PSH', 5),
  frame('SYN', 2),
  frame('FIN', 3),
]);
const meaning = [
  `3 data ${Buffer.from('hello').toString('hex')}`,
  '0 signal 3',
  `4294967295 data ${noise(1, 300).toString('hex')}`,
  '3 signal 1',
];

describe('reading frames', () => {
  it('finds signals and data; nothing in a frame without data, and no meaning in streams that are opened here', () => {
    expect(readAll([stream])).toEqual(meaning);
  });

  it('reads the same wherever the bytes are cut in two', () => {
    for (let cut = 0; cut <= stream.length; cut += 1) {
      expect(readAll([stream.subarray(0, cut), stream.subarray(cut)]), `cut at ${cut}`).toEqual(meaning);
    }
  });

  it.each([1, 2, 3, 7, 8, 9])('reads the same in pieces of %i bytes', (size) => {
    const count = Math.ceil(stream.length / size);
    const pieces = Array.from({ length: count }, (_, n) => stream.subarray(n * size, (n + 1) * size));
    expect(readAll(pieces)).toEqual(meaning);
  });

  it('reads the longest data that a head can name', () => {
    expect(readAll([frame('PSH', 3, noise(2, 65_535))])).toEqual([
      `3 data ${noise(2, 65_535).toString('hex')}`,
    ]);
  });

  it.each([
    [[2, 2, 1, 0, 3, 0, 0, 0, 9], 'the agent sent smux version 2'],
    [[1, 4, 8, 0, 3, 0, 0, 0], 'the agent sent smux command 4'],
    [[1, 255, 0, 0, 3, 0, 0, 0], 'the agent sent smux command 255'],
    [[1, 1, 1, 0, 3, 0, 0, 0, 9], 'the agent sent smux command 1 with 1 bytes'],
  ])('stops at %j and says why once', (bytes, why) => {
    const wrong = Buffer.from(bytes);
    expect(readAll([frame('FIN', 3), wrong, wrong, frame('FIN', 5)])).toEqual(['3 signal 1', why]);
    expect(readAll([wrong.subarray(0, 5), wrong.subarray(5), stream])).toEqual([why]);
  });

  it('bears any bytes, cut anywhere', () => {
    const random = createRandom(20_261_121);
    for (let round = 0; round < 2_000; round += 1) {
      const bytes = Buffer.from(stream);
      for (let change = 0; change < 1 + random() * 4; change += 1) {
        bytes[Math.floor(random() * bytes.length)] = random() * 256;
      }
      const cut = Math.floor(random() * bytes.length);
      const pieces = [bytes.subarray(0, cut), bytes.subarray(cut), noise(round, 100)];
      expect(readAll(pieces), `round ${round}`).toEqual(readAll([Buffer.concat(pieces)]));
    }
  });
});

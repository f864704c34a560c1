import { expect, it } from 'vitest';
import { readMessage, writeMessage } from '../../../src/rehearsal/ssm/message.ts';
import { RECORDINGS, readRecording } from '../../support/ssm-recording.ts';

it.each(RECORDINGS)('writes every frame of %s as it was recorded, but for its id and date', (name) => {
  const frames = readRecording(name).flatMap(({ frame }) => frame ?? []);
  expect(frames.length).toBeGreaterThan(5);
  for (const frame of frames) {
    const message = readMessage(frame);
    if (message === undefined) throw new Error(`not read: ${frame.toString('hex')}`);
    const written = writeMessage(message);
    frame.copy(written, 40, 40, 48);
    frame.copy(written, 64, 64, 80);
    expect(written.toString('hex')).toBe(frame.toString('hex'));
  }
});

it('reads the id that an acknowledgement names', () => {
  const events = readRecording('03-upload-echo-20000');
  const frames = events.flatMap(({ frame }) => (frame === undefined ? [] : (readMessage(frame) ?? [])));
  const ids = new Set(frames.map(({ id }) => id));
  const acks = frames.filter(({ type }) => type === 'acknowledge');
  expect(acks.length).toBeGreaterThan(40);
  for (const { payload } of acks) expect(ids).toContain(JSON.parse(String(payload)).AcknowledgedMessageId);
});

it('gives each message an id of its own, of version 4', () => {
  const ids = Array.from({ length: 1000 }, () => readMessage(writeMessage({ type: 'x', payload: '' }))?.id);
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it('reads no message from bytes that are none', () => {
  const good = writeMessage({ type: 'input_stream_data', payload: 'x' });
  const [short, otherHead, noDate, noType] = [
    good.subarray(0, 119),
    ...Array.from({ length: 3 }, () => Buffer.from(good)),
  ];
  otherHead?.writeUInt32BE(112, 0);
  noDate?.fill(0, 40, 48);
  noType?.fill(0, 4, 36);
  for (const bad of [short, otherHead, noDate, noType])
    expect(readMessage(bad ?? Buffer.alloc(0))).toBeUndefined();
  expect(readMessage(good)).toMatchObject({ type: 'input_stream_data' });
});

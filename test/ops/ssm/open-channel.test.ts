import { afterEach, expect, it } from 'vitest';
import { type ChannelStage, openChannelStage, type StageOptions } from './channel-stage.ts';

let stage: ChannelStage | undefined;
const begin = async (options?: StageOptions) => {
  stage = await openChannelStage(options);
  return stage;
};
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

it('carries bytes to the remote host and back', async () => {
  const { open, expectNothingLeft } = await begin();
  const channel = await open();
  const stream = await channel.dial();
  const got: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => got.push(bytes));
  stream.write('hello\n');
  await new Promise((resolve) => stream.once('data', resolve));
  expect(Buffer.concat(got).toString()).toBe('hello\n');
  expect(channel.agentVersion).toBe('3.3.987.0');
  await channel.close();
  await expectNothingLeft();
});

import { expect, it } from 'vitest';
import { readRefusal } from '../../../../src/ops/net/ssh/refusal.ts';

const forbidden = 'the bastion forbids it (AllowTcpForwarding or PermitOpen of its sshd)';

it.each([
  ['channel 1: open failed: administratively prohibited: open failed', forbidden],
  [
    'channel 12: open failed: connect failed: Connection refused',
    'seen from the bastion: connection refused',
  ],
  [
    'channel 1: open failed: connect failed: Name or service not known',
    'seen from the bastion: name or service not known',
  ],
  ['channel 1: open failed: resource shortage', 'resource shortage'],
  ['channel 1: open confirm', undefined],
  ['banner: channel 1: open failed: administratively prohibited', undefined],
  ['', undefined],
])('%s', (line, why) => {
  expect(readRefusal(line)).toBe(why);
});

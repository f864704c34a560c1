import { expect, it } from 'vitest';
import { locate, parseConnections } from '../../../../src/ops/net/listening/left-clients.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, remote: string, state: string, inode: number) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 20 4 0 10 -1`;
const [US, CLIENT, OTHER] = ['0100007F:1068', '0100007F:D2F0', '0200007F:D2F0'];
const ends = { localPort: 0x1068, remotePort: 0xd2f0 };

it.each([
  ['has closed its connection', [row(US, CLIENT, '08', 11), row(CLIENT, US, '05', 0)], 'left'],
  ['waits for an answer', [row(US, CLIENT, '08', 11), row(CLIENT, US, '05', 12)], 'here'],
  ['goes on', [row(US, CLIENT, '01', 11), row(CLIENT, US, '01', 12)], 'here'],
  ['is on another machine', [row(US, CLIENT, '08', 11)], 'unknown'],
  ['is not the one that left', [row(US, CLIENT, '08', 11), row(OTHER, US, '05', 0)], 'unknown'],
  ['is not in the table', [], 'unknown'],
])('a client that %s', (_, rows, where) => {
  expect(locate(ends, parseConnections([HEAD, ...rows, ''].join('\n')))).toBe(where);
});

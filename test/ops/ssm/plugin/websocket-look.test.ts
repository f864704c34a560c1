import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { lookAtWebsocket, readLook } from '../../../../src/ops/ssm/plugin/websocket-look.ts';

/** A line of proc(5)'s net/tcp. */
function row(line: {
  local?: number;
  remote?: number;
  state?: string;
  retries?: number;
  probes?: number;
  inode?: number;
}) {
  const { local = 40_000, remote = 443, state = '01', retries = 0, probes = 0, inode = 7 } = line;
  const hex = (port: number) => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tries = retries.toString(16).padStart(8, '0');
  return `   0: ${hex(local)} ${hex(remote)} ${state} 00000000:00000000 00:00000000 ${tries}  1000  ${probes} ${inode} 2 0000`;
}

const look = (...rows: string[]) =>
  readLook(['  sl  local_address', ...rows].join('\n'), new Set(['7', '8']), [4200, 9000]);

it.each([
  ['a connection that leads out', [row({})], 'there'],
  ['nothing', [], 'gone'],
  ['one that the other side has closed', [row({ state: '08' })], 'gone'],
  ['a listener', [row({ state: '0A', local: 4200, remote: 0 })], 'gone'],
  ['a client of its port', [row({ local: 4200, remote: 50_000 })], 'gone'],
  ['a call to our relay', [row({ remote: 9000 })], 'gone'],
  ['one of another process', [row({ inode: 9 })], 'gone'],
  ['one that acknowledges nothing', [row({ retries: 5 })], 'silent'],
  ['an idle one that answers no probe', [row({ probes: 2 })], 'silent'],
  ['one that lost a little', [row({ retries: 2, probes: 1 })], 'there'],
  ['a silent one beside a new one', [row({ retries: 9 }), row({ inode: 8 })], 'there'],
])('sees of %s that it is %s', (_, rows, expected) => {
  expect(look(...rows)).toBe(expected);
});

it.runIf(process.platform === 'linux')('sees the connections of a process', async () => {
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
    for (const one of accepted) one.destroy();
    server.close();
  });
  await once(socket, 'connect');
  expect(await lookAtWebsocket(process.pid, [])).toBe('there');
  expect(await lookAtWebsocket(0x7fffffff, [])).toBeUndefined();
});

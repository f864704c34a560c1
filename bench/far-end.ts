// The server behind the tunnels of the benchmark, a process of its own so that it does not share the client's loop.
// First byte of a connection: d sends BYTES, u swallows until the end and answers one byte, n swallows BYTES and answers
// one byte, e sends everything back.
import { createServer } from 'node:net';

const CHUNK = Buffer.alloc(256 * 1024, 120);

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('data', (first) => {
    const order = first.toString('latin1', 0, 1);
    if (order === 'e') {
      socket.write(first.subarray(1));
      socket.pipe(socket);
      return;
    }
    if (order === 'u') {
      socket.on('data', () => {});
      socket.once('end', () => socket.end('.'));
      return;
    }
    const size = first.toString('latin1', 1).split('\n', 1)[0] ?? '';
    let left = Number(size);
    if (order === 'n') {
      left -= first.length - size.length - 2;
      socket.on('data', (chunk) => {
        left -= chunk.length;
        if (left === 0) socket.end('.');
      });
      return;
    }
    const send = () => {
      while (left > 0) {
        const piece = left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
        left -= piece.length;
        if (!socket.write(piece)) return void socket.once('drain', send);
      }
      socket.end();
    };
    send();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : address);
});

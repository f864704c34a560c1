// Stands in for AWS's session-manager-plugin: prints what a recording of it printed, and behaves as its play says
// (STAND_IN, JSON). Its connections lead back to where they came from: there is no service and no agent.
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const {
  version = '1.2.764.0',
  opening,
  closing = '',
  play = 'works',
  notes,
} = JSON.parse(process.env.STAND_IN);
const say = (text) => process.stdout.write(text);

if (process.argv[2] === '--version') {
  say(`${version}\n`);
  process.exit(0);
}
if (notes !== undefined) {
  appendFileSync(
    notes,
    `${JSON.stringify({ pid: process.pid, argv: process.argv.slice(2), env: process.env })}\n`,
  );
}

const leave = () => {
  say(closing);
  process.exit(0);
};

if (play === 'leaves') leave();
process.on('SIGINT', play === 'is deaf to signals' ? () => {} : leave);
setInterval(() => {}, 60_000);
if (play !== 'is mute') {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    // An answer of its agent would be as long as this.
    if (play !== 'is deaf') readFileSync(process.argv[1]);
    // One that lost its socket while it was sending takes nothing on, though it still hears.
    if (play !== 'is stuck') socket.pipe(socket);
    if (play === 'leaves when it is used') socket.once('data', leave);
  });
  server.listen(0, 'localhost', () => say(opening.replaceAll('PORT', String(server.address().port))));
}

/**
 * Entry of what ssh starts to ask a person (SSH_ASKPASS): passes the question on to the session's background process,
 * gives ssh the answer on stdout, and keeps nothing. Ends with 1 when there is no answer.
 */
import { connect } from 'node:net';

const { argv, env, ppid } = process;
const [, , prompt = ''] = argv;
const socket = connect({ path: env.HOTPASS_ASKPASS_SOCKET ?? '', allowHalfOpen: true });
let reply = '';
socket.setEncoding('utf8');
socket.on('error', () => process.exit(1));
socket.on('data', (chunk: string) => {
  reply += chunk;
});
socket.on('close', () => {
  // Half an answer is none.
  if (!reply.endsWith('\n')) process.exit(1);
  process.stdout.write(reply, () => process.exit(0));
});
socket.on('end', () => socket.end());
socket.write(`${JSON.stringify({ prompt, hint: env.SSH_ASKPASS_PROMPT ?? '', ssh: ppid })}\n`);

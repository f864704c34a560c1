import { once } from 'node:events';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { onlyPid } from '../test/real/support/sandbox-processes.ts';
import { createSandbox } from '../test/support/hotpass.ts';
import { freePort } from '../test/support/ports.ts';
import { startSshd } from '../test/support/sshd.ts';
import { startPlainSsh } from './plain-ssh.ts';
import { endChild, startFarEnd } from './processes.ts';
import { inTurn, median, milliseconds, type Row } from './report.ts';

const ROUNDS = 7;
const FACTOR = 1.5;
/** A way that breaks sooner than this is tried again with a pause. */
const STEADY_MS = 10_500;

/** From `kill -9` of ssh until a client gets its bytes back again, against the login of a plain ssh. */
export async function benchReconnect(): Promise<Row[]> {
  const [sandbox, sshd, far] = [await createSandbox(), await startSshd(), await startFarEnd()];
  const port = await freePort();
  const up = ['net', 'up', '--host', sshd.alias, '--ssh-config', sshd.configFile];
  const ours = async () => {
    await pause(STEADY_MS);
    const ssh = await onlyPid(sandbox, 'ssh');
    const started = performance.now();
    process.kill(ssh, 'SIGKILL');
    while (!(await isEchoed(port))) {
      // Until the kernel has taken ssh's sockets down, a client may still come in over it and is cut.
    }
    return performance.now() - started;
  };
  const theirs = async () => {
    const started = performance.now();
    const plain = await startPlainSsh(sshd, far.port);
    const took = performance.now() - started;
    await endChild(plain.child);
    return took;
  };
  try {
    const opened = await sandbox.hotpass([...up, '--forward', `far=${port}:127.0.0.1:${far.port}`]);
    if (opened.code !== 0) throw new Error(opened.stderr);
    const pairs = await inTurn(ROUNDS, ours, theirs);
    const status = await sandbox.hotpass(['net', 'status', '--json']);
    const breaks: unknown[] = JSON.parse(status.stdout).sessions[0].breaks;
    if (breaks.length !== ROUNDS + 1) throw new Error(`${breaks.length} breaks for ${ROUNDS + 1} kills`);
    return [
      {
        what: `kill -9 of ssh to traffic again, above ${FACTOR} plain ssh logins`,
        ours: milliseconds(median(pairs.map(([a]) => a))),
        theirs: milliseconds(median(pairs.map(([, b]) => b))),
        figure: median(pairs.map(([a, b]) => a - FACTOR * b)) / 1000,
        unit: 's',
        limit: 0.3,
        bound: 'most',
      },
    ];
  } finally {
    await sandbox.hotpass(['net', 'down', '--all']);
    await endChild(far.child);
    await sshd.stop();
    await sandbox.remove();
  }
}

async function isEchoed(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  try {
    socket.write('ehello');
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

import { performance } from 'node:perf_hooks';
import { startPrefect } from '../src/rehearsal/prefect.ts';
import { createSandbox } from '../test/support/hotpass.ts';
import { startSshd } from '../test/support/sshd.ts';
import { startPlainSsh } from './plain-ssh.ts';
import { endChild } from './processes.ts';
import { inTurn, median, milliseconds, type Row } from './report.ts';

const ROUNDS = 11;

/** From the command to a tunnel that works, against a plain ssh until its forward answers a request. */
export async function benchOpening(): Promise<Row[]> {
  const [sandbox, sshd, prefect] = [await createSandbox(), await startSshd(), await startPrefect({})];
  const up = ['net', 'up', '--host', sshd.alias, '--ssh-config', sshd.configFile];
  const ours = async () => {
    const started = performance.now();
    const ended = await sandbox.hotpass([...up, '--forward', `prefect=127.0.0.1:${prefect.port}`]);
    const took = performance.now() - started;
    if (ended.code !== 0) throw new Error(ended.stderr);
    await sandbox.hotpass(['net', 'down', '--all']);
    return took;
  };
  const theirs = async () => {
    const started = performance.now();
    const plain = await startPlainSsh(sshd, prefect.port);
    const answer = await fetch(`http://127.0.0.1:${plain.port}/api/health`);
    await answer.text();
    const took = performance.now() - started;
    await endChild(plain.child);
    return took;
  };
  try {
    const pairs = await inTurn(ROUNDS, ours, theirs);
    const seconds = median(pairs.map(([a, b]) => a - b)) / 1000;
    return [
      {
        what: 'net up to ready, above plain ssh until its forward answers',
        ours: milliseconds(median(pairs.map(([a]) => a))),
        theirs: milliseconds(median(pairs.map(([, b]) => b))),
        figure: seconds,
        unit: 's',
        limit: 0.4,
        bound: 'most',
      },
    ];
  } finally {
    await sandbox.hotpass(['net', 'down', '--all']);
    await prefect.close();
    await sshd.stop();
    await sandbox.remove();
  }
}

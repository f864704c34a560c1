import { createSandbox } from '../test/support/hotpass.ts';
import { freePort } from '../test/support/ports.ts';
import { startSshd } from '../test/support/sshd.ts';
import { startPlainSsh } from './plain-ssh.ts';
import { endChild, startFarEnd } from './processes.ts';
import { inTurn, median, milliseconds, type Row } from './report.ts';
import { timeDownload, timeRoundTrips, timeUpload } from './traffic.ts';

const BYTES = 128 * 1024 * 1024;
const ROUNDS = 7;
const TRIPS = 500;

/** What a tunnel carries, against a plain `ssh -L` to the same sshd. */
export async function benchThroughput(): Promise<Row[]> {
  const [sandbox, sshd, far] = [await createSandbox(), await startSshd(), await startFarEnd()];
  const port = await freePort();
  const up = ['net', 'up', '--host', sshd.alias, '--ssh-config', sshd.configFile];
  const opened = await sandbox.hotpass([...up, '--forward', `far=${port}:127.0.0.1:${far.port}`]);
  if (opened.code !== 0) throw new Error(opened.stderr);
  const plain = await startPlainSsh(sshd, far.port);
  try {
    const down = await inTurn(
      ROUNDS,
      () => timeDownload(port, BYTES),
      () => timeDownload(plain.port, BYTES),
    );
    const sent = await inTurn(
      ROUNDS,
      () => timeUpload(port, BYTES),
      () => timeUpload(plain.port, BYTES),
    );
    const trips = await inTurn(
      ROUNDS,
      async () => median(await timeRoundTrips(port, TRIPS)),
      async () => median(await timeRoundTrips(plain.port, TRIPS)),
    );
    return [
      speedRow('download, throughput / plain ssh -L', down),
      speedRow('upload, throughput / plain ssh -L', sent),
      {
        what: 'one-byte round trip, above plain ssh -L',
        ours: milliseconds(median(trips.map(([a]) => a))),
        theirs: milliseconds(median(trips.map(([, b]) => b))),
        figure: median(trips.map(([a, b]) => a - b)),
        unit: 'ms',
        limit: 0.15,
        bound: 'most',
      },
    ];
  } finally {
    await endChild(plain.child);
    await sandbox.hotpass(['net', 'down', '--all']);
    await endChild(far.child);
    await sshd.stop();
    await sandbox.remove();
  }
}

function speedRow(what: string, pairs: readonly (readonly [number, number])[]): Row {
  const speed = (ms: number) => `${(BYTES / 1e6 / (ms / 1000)).toFixed(0)} MB/s`;
  return {
    what,
    ours: speed(median(pairs.map(([a]) => a))),
    theirs: speed(median(pairs.map(([, b]) => b))),
    figure: median(pairs.map(([a, b]) => b / a)),
    unit: 'x',
    limit: 0.75,
    bound: 'least',
  };
}

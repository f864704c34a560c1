import { performance } from 'node:perf_hooks';
import { startPrefect } from '../src/rehearsal/prefect.ts';
import type { Disturbance } from '../src/rehearsal/ssm/faults.ts';
import type { Pace } from '../src/rehearsal/ssm/pacer.ts';
import { createSandbox } from '../test/support/hotpass.ts';
import { freePort } from '../test/support/ports.ts';
import { startFarSide } from '../test/support/ssm-far-side.ts';
import { endChild, startFarEnd } from './processes.ts';

/** A tunnel of ours to the far side of the benchmark: service, far side and supervisor are processes of their own. */
export interface Rig {
  /** Local port of the tunnel. */
  readonly port: number;
  /** Port of the service itself. */
  readonly directPort: number;
  /** Environment of every program. */
  readonly env: Readonly<Record<string, string>>;
  /** Process of the supervisor. */
  pid(): number;
  /** Opens the tunnel to the service, or to a Prefect that is asked who it is, and gives the milliseconds that it took. */
  up(what?: 'service' | 'prefect'): Promise<number>;
  down(): Promise<void>;
  disturb(disturbance: Disturbance): Promise<void>;
  close(): Promise<void>;
}

/** Starts a far side and what a tunnel needs; the tunnel itself is not open. */
export async function startRig(pace: Pace, channels = 1): Promise<Rig> {
  const [sandbox, service] = [await createSandbox(), await startFarEnd()];
  const prefect = await startPrefect();
  const far = await startFarSide({
    hosts: {
      'service.staging.internal:80': `127.0.0.1:${service.port}`,
      'prefect.staging.internal:4200': `127.0.0.1:${prefect.port}`,
    },
    agent: { pace },
  });
  const env = {
    ...sandbox.env,
    AWS_ENDPOINT_URL_SSM: far.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDREHEARSED',
    AWS_SECRET_ACCESS_KEY: 'rehearsed',
  };
  const port = await freePort();
  // `tcp` would wait a while whether the connection stays open.
  const bare = ['--forward', `service=${port}:service.staging.internal:80`, '--require', 'transport'];
  const asked = ['--forward', `prefect=${await freePort()}:prefect.staging.internal:4200`];
  const ssm = ['--via', 'ssm', '--instance', 'i-0123456789abcdef0', '--channels', String(channels)];
  let pid = 0;
  const run = async (...args: string[]) => {
    const ended = await sandbox.hotpass(['net', ...args, '--json'], { env });
    if (ended.code !== 0) throw new Error(ended.stdout + ended.stderr);
    return JSON.parse(ended.stdout);
  };
  return {
    port,
    directPort: service.port,
    env,
    pid: () => pid,
    async up(what = 'service') {
      const started = performance.now();
      const status = await run('up', ...ssm, ...(what === 'service' ? bare : asked));
      pid = status.pid;
      return performance.now() - started;
    },
    down: () => run('down', '--all'),
    disturb: (disturbance) => far.order('disturb', disturbance),
    async close() {
      await run('down', '--all');
      await Promise.all([far.close(), prefect.close()]);
      await endChild(service.child);
      await sandbox.remove();
    },
  };
}

import { performance } from 'node:perf_hooks';
import { freePort } from '../test/support/ports.ts';
import { realPath } from '../test/support/real.ts';
import { startCli } from '../test/support/rival-cli.ts';
import { type RivalPlugin, startRival } from '../test/support/rival-plugin.ts';
import { cpuSeconds, residentKiB } from './cost.ts';
import { inTurn, median, milliseconds, type Row, ratioRow } from './report.ts';
import { type Rig, startRig } from './ssm-rig.ts';
import { echo, timeCountedUpload, timeDownload, timeFirstByte, timeRoundTrips } from './traffic.ts';

const SERVICE = 'service.staging.internal';
const OUR_BYTES = 32 * 1024 * 1024;
const THEIR_BYTES = 2 * 1024 * 1024;
const LOSSY_BYTES = 512 * 1024;
/** A transfer of theirs that takes longer is given up. */
const PATIENCE_MS = 30_000;
const ROUNDS = 3;
const TRIPS = 200;
const CONNECTS = 50;

/** A way to measure: its local port, and the process that carries it. */
interface Side {
  readonly port: number;
  readonly pid: number;
}

/** Our client and AWS's own in the same run, at the same far side; nothing where those are not installed. */
export async function benchSsmPlugin(): Promise<Row[]> {
  try {
    realPath('session-manager-plugin');
    realPath('aws');
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return [];
  }
  return [...(await unpaced()), ...(await paced()), await opening()];
}

async function unpaced(): Promise<Row[]> {
  return besideTheirs('none', async (ours, theirs) => [
    await rate('upload, unpaced far side', timeCountedUpload, [ours, OUR_BYTES], [theirs, THEIR_BYTES]),
    // No agent of AWS sends as fast as that.
    await rate('download, unpaced far side', timeDownload, [ours, OUR_BYTES], [theirs, OUR_BYTES], 0.5),
    ratioRow(
      'SSM one-byte round trip / plugin',
      await inTurn(
        ROUNDS,
        async () => median(await timeRoundTrips(ours.port, TRIPS)),
        async () => median(await timeRoundTrips(theirs.port, TRIPS)),
      ),
      1,
    ),
    ratioRow(
      'SSM connect and first byte / plugin',
      await inTurn(
        CONNECTS,
        () => timeFirstByte(ours.port),
        () => timeFirstByte(theirs.port),
      ),
      1,
    ),
    ratioRow(
      'SSM 100 connections at once, 10 KB echoed each / plugin',
      await inTurn(
        ROUNDS,
        () => hundredEchoes(ours.port),
        () => hundredEchoes(theirs.port),
      ),
      1,
    ),
    {
      what: 'SSM memory of what carries a tunnel, after the above',
      ours: mebibytes(await residentKiB(ours.pid)),
      theirs: mebibytes(await residentKiB(theirs.pid)),
      figure: (await residentKiB(ours.pid)) / 1024,
      unit: 'MiB',
      limit: 150,
      bound: 'most',
    },
  ]);
}

async function paced(): Promise<Row[]> {
  return besideTheirs('official', async (ours, theirs, rig) => {
    const row = await rate(
      'download, official pace',
      timeDownload,
      [ours, THEIR_BYTES],
      [theirs, THEIR_BYTES],
    );
    const disturbed = async ({ port }: Side) => {
      await rig.disturb({ lossPercent: 0.5, duplicatePercent: 1, reorderPercent: 2 });
      const ms = await inTime(timeDownload(port, LOSSY_BYTES));
      await rig.disturb({});
      return ms;
    };
    const [mine, other] = [await disturbed(ours), await disturbed(theirs)];
    return [
      row,
      {
        what: 'SSM 512 KiB down with 0.5 % loss, 1 % duplicates, 2 % reordered',
        ours: milliseconds(mine),
        theirs:
          other === Number.POSITIVE_INFINITY ? `not in ${milliseconds(PATIENCE_MS)}` : milliseconds(other),
        figure: mine / other,
        unit: 'x',
        limit: 1,
        bound: 'most',
      },
    ];
  });
}

/** From the command to a port that takes connections; ours has probed the service by then. */
async function opening(): Promise<Row> {
  const rig = await startRig('official');
  try {
    const port = await freePort();
    const pairs = await inTurn(
      ROUNDS * 2 + 1,
      async () => {
        const ms = await rig.up();
        await rig.down();
        return ms;
      },
      async () => {
        const started = performance.now();
        const cli = await startCli(rig.env.AWS_ENDPOINT_URL_SSM ?? '', SERVICE, 80, port);
        const ms = performance.now() - started;
        await cli.interrupt();
        await cli.close();
        return ms;
      },
    );
    return ratioRow('SSM net up to ready / aws ssm start-session to its open port', pairs, 1);
  } finally {
    await rig.close();
  }
}

async function besideTheirs(
  pace: 'none' | 'official',
  measure: (ours: Side, theirs: Side, rig: Rig) => Promise<Row[]>,
): Promise<Row[]> {
  const rig = await startRig(pace);
  let theirs: RivalPlugin | undefined;
  try {
    await rig.up();
    theirs = await startRival(rig.env.AWS_ENDPOINT_URL_SSM ?? '', SERVICE, 80);
    return await measure({ port: rig.port, pid: rig.pid() }, theirs, rig);
  } finally {
    await theirs?.close();
    await rig.close();
  }
}

/** Megabytes a second, and for each second of CPU; each side moves what it can in a few seconds. */
async function rate(
  what: string,
  time: (port: number, bytes: number) => Promise<number>,
  ours: readonly [Side, number],
  theirs: readonly [Side, number],
  limit = 1,
): Promise<Row> {
  const measureOne =
    ([{ port, pid }, bytes]: readonly [Side, number]) =>
    async () => {
      const before = await cpuSeconds(pid);
      const ms = await time(port, bytes);
      return { rate: bytes / 1e3 / ms, perCpu: bytes / 1e6 / ((await cpuSeconds(pid)) - before) };
    };
  const pairs = await inTurn(ROUNDS, measureOne(ours), measureOne(theirs));
  const text = (side: 0 | 1) => {
    const one = median(pairs.map((pair) => pair[side].rate));
    const perCpu = median(pairs.map((pair) => pair[side].perCpu));
    return `${one.toFixed(2)} MB/s (${perCpu.toFixed(1)} a CPU second)`;
  };
  return {
    what: `SSM ${what} / plugin`,
    ours: text(0),
    theirs: text(1),
    figure: median(pairs.map(([a, b]) => a.rate / b.rate)),
    unit: 'x',
    limit,
    bound: 'least',
  };
}

async function hundredEchoes(port: number): Promise<number> {
  const started = performance.now();
  await Promise.all(Array.from({ length: 100 }, () => echo(port, 10_000)));
  return performance.now() - started;
}

async function inTime(work: Promise<number>): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<number>((resolve) => {
    timer = setTimeout(() => resolve(Number.POSITIVE_INFINITY), PATIENCE_MS);
  });
  // What is given up fails when its tunnel is closed.
  work.catch(() => {});
  const ms = await Promise.race([work, late]);
  clearTimeout(timer);
  return ms;
}

function mebibytes(kib: number): string {
  return `${(kib / 1024).toFixed(0)} MiB`;
}

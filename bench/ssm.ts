import { once } from 'node:events';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { callSsm, openProbe, smux } from '../test/support/ssm-probe.ts';
import { cpuSeconds, residentKiB, startIdleNode } from './cost.ts';
import { timeRun } from './processes.ts';
import { inTurn, median, milliseconds, type Row } from './report.ts';
import { type Rig, startRig } from './ssm-rig.ts';
import { echo, timeCountedUpload, timeDownload, timeFirstByte, timeRoundTrips } from './traffic.ts';

const BYTES = 64 * 1024 * 1024;
const PACED_BYTES = 2 * 1024 * 1024;
const ROUNDS = 5;
const TRIPS = 500;
const CONNECTS = 100;
const MANY = 500;
/** Payload types of the protocol. */
const [DATA, HANDSHAKE_COMPLETE] = [1, 7];

/**
 * The official plugin's figures, from the protocol notes: measured with the official agent on a machine like this one.
 * Where the plugin itself is installed, `ssm-plugin` measures it beside ours.
 */
const PLUGIN = {
  upload: '0.52 MB/s',
  download: '0.65 MB/s',
  trip: '1.5 ms',
  connect: '4.8 ms',
  hundred: '1.75 s',
  lossy: 'not in 107 s',
  open: '0.69 s',
} as const;

/** What an SSM session carries: upload and download without the agent's pace, waiting times, memory. */
export async function benchSsm(): Promise<Row[]> {
  const rig = await startRig('none');
  try {
    await rig.up();
    return [
      ...(await rates(rig)),
      ...(await waits(rig)),
      await hundredEchoes(rig),
      await manyConnections(rig),
    ];
  } finally {
    await rig.close();
  }
}

/** What it carries at the official agent's pace, through one channel and through eight, and on a bad way. */
export async function benchSsmPace(): Promise<Row[]> {
  return [...(await paced()), await lossy()];
}

/** From the command to a tunnel that works, and what it costs when nobody uses it. */
export async function benchSsmOpening(): Promise<Row[]> {
  const rig = await startRig('none');
  try {
    return [await opening(rig), await idleMemory(rig)];
  } finally {
    await rig.close();
  }
}

async function rates(rig: Rig): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, time, limit, theirs] of [
    ['upload', timeCountedUpload, 10, PLUGIN.upload],
    ['download', timeDownload, 13, PLUGIN.download],
  ] as const) {
    await time(rig.port, BYTES / 8);
    const rounds: { rate: number; perCpu: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = await cpuSeconds(rig.pid());
      const ms = await time(rig.port, BYTES);
      const cpu = (await cpuSeconds(rig.pid())) - before;
      rounds.push({ rate: BYTES / 1e3 / ms, perCpu: BYTES / 1e6 / cpu });
    }
    const rate = median(rounds.map((round) => round.rate));
    const perCpu = median(rounds.map((round) => round.perCpu));
    rows.push({
      what: `SSM ${what}, one channel, far side takes and gives what it can`,
      ours: `${rate.toFixed(1)} MB/s (${perCpu.toFixed(1)} a CPU second)`,
      theirs,
      figure: rate,
      unit: 'MB/s',
      limit,
      bound: 'least',
    });
  }
  return rows;
}

async function waits(rig: Rig): Promise<Row[]> {
  const trips = await inTurn(
    ROUNDS,
    async () => median(await timeRoundTrips(rig.port, TRIPS)),
    async () => median(await timeRoundTrips(rig.directPort, TRIPS)),
  );
  const connects: number[] = [];
  for (let number = 0; number < CONNECTS; number += 1) connects.push(await timeFirstByte(rig.port));
  return [
    {
      what: 'SSM one-byte round trip, above direct',
      ours: milliseconds(median(trips.map(([ours]) => ours))),
      theirs: PLUGIN.trip,
      figure: median(trips.map(([ours, direct]) => ours - direct)),
      unit: 'ms',
      limit: 1,
      bound: 'most',
    },
    {
      what: 'SSM connect and first byte',
      ours: milliseconds(median(connects)),
      theirs: PLUGIN.connect,
      figure: median(connects),
      unit: 'ms',
      limit: 3,
      bound: 'most',
    },
  ];
}

async function hundredEchoes(rig: Rig): Promise<Row> {
  const figures: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const started = performance.now();
    await Promise.all(Array.from({ length: 100 }, () => echo(rig.port, 10_000)));
    if (round > 0) figures.push((performance.now() - started) / 1000);
  }
  const figure = median(figures);
  return {
    what: 'SSM 100 connections at once, 10 KB echoed each',
    ours: `${figure.toFixed(2)} s`,
    theirs: PLUGIN.hundred,
    figure,
    unit: 's',
    limit: 0.4,
    bound: 'most',
  };
}

async function manyConnections(rig: Rig): Promise<Row> {
  const sockets = await Promise.all(
    Array.from({ length: MANY }, async () => {
      const socket = connect(rig.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('ehello');
      await once(socket, 'data');
      return socket;
    }),
  );
  const mebibytes = (await residentKiB(rig.pid())) / 1024;
  for (const socket of sockets) socket.destroy();
  return {
    what: `SSM supervisor with ${MANY} connections open, after all of the above`,
    ours: `${mebibytes.toFixed(0)} MiB`,
    theirs: '26 MB with 100',
    figure: mebibytes,
    unit: 'MiB',
    limit: 150,
    bound: 'most',
  };
}

async function paced(): Promise<Row[]> {
  const rows: Row[] = [];
  const [one, eight] = [await startRig('official'), await startRig('official', 8)];
  try {
    await one.up();
    await eight.up();
    const pairs = await inTurn(
      ROUNDS,
      async () => timeDownload(one.port, PACED_BYTES),
      async () => timePace(one.env.AWS_ENDPOINT_URL_SSM ?? '', PACED_BYTES),
    );
    const rate = (ms: number) => PACED_BYTES / 1e3 / ms;
    const ours = median(pairs.map(([ms]) => ms));
    const pace = median(pairs.map(([, ms]) => ms));
    rows.push({
      what: 'SSM download at the official pace, one channel / a bare client that only acknowledges',
      ours: `${rate(ours).toFixed(2)} MB/s`,
      theirs: `${rate(pace).toFixed(2)} MB/s; plugin ${PLUGIN.download}`,
      figure: median(pairs.map(([a, b]) => b / a)),
      unit: 'x',
      limit: 0.95,
      bound: 'least',
    });
    const wide = await inTurn(
      ROUNDS,
      async () => (await timeDownloads(eight.port, 16, PACED_BYTES / 2)) / 8,
      async () => timeDownload(one.port, PACED_BYTES),
    );
    rows.push({
      what: 'SSM download at the official pace, 8 channels / 1 channel',
      ours: `${rate(median(wide.map(([ms]) => ms))).toFixed(2)} MB/s`,
      theirs: `${rate(median(wide.map(([, ms]) => ms))).toFixed(2)} MB/s`,
      figure: median(wide.map(([a, b]) => b / a)),
      unit: 'x',
      limit: 7,
      bound: 'least',
    });
    return rows;
  } finally {
    await one.close();
    await eight.close();
  }
}

/** Downloads on several connections at once and gives the milliseconds until all have it. */
async function timeDownloads(port: number, count: number, bytes: number): Promise<number> {
  const started = performance.now();
  await Promise.all(Array.from({ length: count }, () => timeDownload(port, bytes)));
  return performance.now() - started;
}

/**
 * Gives the milliseconds that the agent itself takes at its pace: a bare client acknowledges each message and looks at
 * none.
 */
async function timePace(url: string, bytes: number): Promise<number> {
  const probe = await openProbe(url, {
    document: 'AWS-StartPortForwardingSessionToRemoteHost',
    parameters: { host: ['service.staging.internal'], portNumber: ['80'], localPortNumber: ['0'] },
  });
  while (!probe.came.some(({ payloadType }) => payloadType === HANDSHAKE_COMPLETE)) await pause(1);
  const started = performance.now();
  probe.frames(smux(0, 3), smux(2, 3, `d${bytes}\n`));
  while (probe.came.filter(({ payloadType }) => payloadType === DATA).length < bytes / 1024) await pause(5);
  const took = performance.now() - started;
  await callSsm(url, 'TerminateSession', { SessionId: probe.sessionId });
  return took;
}

async function lossy(): Promise<Row> {
  const rig = await startRig('official');
  try {
    await rig.up();
    const pairs = await inTurn(
      3,
      async () => {
        await rig.disturb({ lossPercent: 0.5, duplicatePercent: 1, reorderPercent: 2 });
        const ms = await timeDownload(rig.port, PACED_BYTES);
        await rig.disturb({});
        return ms;
      },
      () => timeDownload(rig.port, PACED_BYTES),
    );
    return {
      what: 'SSM 2 MB down with 0.5 % loss, 1 % duplicates, 2 % reordered / undisturbed',
      ours: milliseconds(median(pairs.map(([ms]) => ms))),
      theirs: `${milliseconds(median(pairs.map(([, ms]) => ms)))}; plugin ${PLUGIN.lossy}`,
      figure: median(pairs.map(([a, b]) => a / b)),
      unit: 'x',
      limit: 3,
      bound: 'most',
    };
  } finally {
    await rig.close();
  }
}

async function opening(rig: Rig): Promise<Row> {
  const pairs = await inTurn(
    11,
    async () => {
      const ms = await rig.up('prefect');
      await rig.down();
      return ms;
    },
    () => timeRun([process.execPath, '-e', '0'], { env: rig.env }),
  );
  return {
    what: 'SSM net up to ready, above node -e 0',
    ours: milliseconds(median(pairs.map(([ms]) => ms))),
    theirs: `${milliseconds(median(pairs.map(([, ms]) => ms)))}; CLI and plugin ${PLUGIN.open}`,
    figure: median(pairs.map(([a, b]) => a - b)) / 1000,
    unit: 's',
    limit: 0.45,
    bound: 'most',
  };
}

async function idleMemory(rig: Rig): Promise<Row> {
  const idle = startIdleNode();
  try {
    await rig.up();
    await pause(10_000);
    const [ours, theirs] = [await residentKiB(rig.pid()), await residentKiB(idle.pid)];
    return {
      what: 'SSM idle supervisor, memory / idle node',
      ours: `${(ours / 1024).toFixed(1)} MiB`,
      theirs: `${(theirs / 1024).toFixed(1)} MiB; plugin 17 MB`,
      figure: ours / theirs,
      unit: 'x',
      limit: 2,
      bound: 'most',
    };
  } finally {
    await idle.end();
  }
}

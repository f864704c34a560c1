import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { askControl } from '../src/ops/supervisor/ask-control.ts';
import { SMALL } from '../src/ops/supervisor/spawn.ts';
import { startPrefect } from '../src/rehearsal/prefect.ts';
import { netStore } from '../src/state/net.ts';
import { builtProgram, createSandbox } from '../test/support/hotpass.ts';
import { freePort } from '../test/support/ports.ts';
import { startSshd } from '../test/support/sshd.ts';
import { endChild, startFarEnd } from './processes.ts';
import { median, type Row } from './report.ts';

const CLIENTS = 200;
const HOURS = 24;
/** The session's own ticks of five seconds: the supervisor's, and the one that looks whether ssh is stopped. */
const TICKS_AN_HOUR = 2 * (3_600 / 5);
const LOOKS_AN_HOUR = 120;
const PASSERS_AN_HOUR = 100;
const LOOKS_FOR_LEAST = 10;
/** Hours at either end whose middle figure counts; the first hour makes what is made only once. */
const ENDS = { first: [2, 5], last: [22, 25] } as const;

/**
 * What a day with 200 idle connections leaves in memory. The program runs as it is built, through a real ssh, in a few
 * minutes: only its ticks are made short. A day here is 17,280 ticks of each kind, 2,880 looks with a probe, 4,800 round
 * trips on the idle connections, and 2,400 clients that come and go. Counted is what is the process's own: pages of the
 * program that it has read are not.
 */
export async function benchDay(): Promise<Row[]> {
  const [sandbox, sshd, far] = [await createSandbox(), await startSshd(), await startFarEnd()];
  const [prefect, port, file] = [await startPrefect({}), await freePort(), join(sandbox.root, 'day')];
  const forwards = {
    prefect: { host: '127.0.0.1', port: prefect.port },
    far: { host: '127.0.0.1', port: far.port, local: port, probe: 'none' },
  };
  const net = { via: 'ssh-bastion', ssh: { host: sshd.alias }, forwards };
  await writeFile(
    join(sandbox.project, 'hotpass.yaml'),
    JSON.stringify({ version: 1, targets: { staging: { net } } }),
  );
  const up = ['net', 'up', '--ssh-config', sshd.configFile, '--foreground'];
  const flags = [...SMALL.flags, '--expose-gc', '--require', join(process.cwd(), 'bench/fast-day.cjs')];
  const session = spawn(process.execPath, [...flags, builtProgram, ...up], {
    cwd: sandbox.project,
    env: { ...sandbox.env, ...SMALL.env, BENCH_DAY: file },
    stdio: 'ignore',
  });
  try {
    const socket = await controlSocket(join(sandbox.project, '.hotpass'));
    const measure = async (): Promise<Memory> => {
      await rm(file, { force: true });
      session.kill('SIGUSR2');
      const { ticks, heapUsed } = await readWhenThere(file);
      const status = await readFile(`/proc/${session.pid}/status`, 'utf8');
      return { ticks, javascript: heapUsed, own: Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1]) * 1024 };
    };
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => openEcho(port)));
    const seen: Memory[] = [];
    for (let hour = 1; hour <= HOURS; hour += 1) {
      for (let look = 0; look < LOOKS_AN_HOUR; look += 1) {
        await askControl(socket, { op: 'look', maxAgeMs: 0 }, 10_000);
      }
      for (const client of clients) await roundTrip(client);
      for (let passer = 0; passer < PASSERS_AN_HOUR; passer += 1) (await openEcho(port)).destroy();
      while ((await measure()).ticks < hour * TICKS_AN_HOUR) await pause(200);
      // What V8 keeps back for a moment comes and goes by megabytes; what stays is the least of some looks.
      let now = await measure();
      for (let look = 0; look < LOOKS_FOR_LEAST; look += 1) {
        await pause(100);
        const next = await measure();
        if (next.own < now.own) now = next;
      }
      seen.push(now);
      const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(2);
      console.error(
        `  hour ${hour}: ${mebibytes(now.own)} MiB, of it JavaScript ${mebibytes(now.javascript)}`,
      );
    }
    const middle = (what: 'own' | 'javascript', [from, to]: readonly [number, number]) =>
      median(seen.slice(from - 1, to - 1).map((hour) => hour[what]));
    const grown = (what: 'own' | 'javascript') =>
      (middle(what, ENDS.last) - middle(what, ENDS.first)) / 2 ** 20;
    const row = { ours: '', theirs: '', unit: 'MiB', limit: 2, bound: 'most' } as const;
    return [
      { ...row, what: `memory after a day with ${CLIENTS} idle connections, grown by`, figure: grown('own') },
      { ...row, what: '  of it JavaScript', figure: grown('javascript') },
    ];
  } finally {
    await sandbox.hotpass(['net', 'down', '--all']);
    await endChild(session);
    await endChild(far.child);
    await prefect.close();
    await sshd.stop();
    await sandbox.remove();
  }
}

interface Memory {
  readonly ticks: number;
  readonly own: number;
  readonly javascript: number;
}

async function controlSocket(state: string): Promise<string> {
  for (;;) {
    const [record] = (await netStore.read(state).catch(() => ({ sessions: [] }))).sessions;
    const looked: unknown =
      record && (await askControl(record.socket, { op: 'look', maxAgeMs: 0 }, 10_000).catch(() => undefined));
    if (record !== undefined && JSON.stringify(looked ?? '').includes('"state":"ready"'))
      return record.socket;
    await pause(50);
  }
}

async function readWhenThere(file: string): Promise<{ ticks: number; heapUsed: number }> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text);
    await pause(5);
  }
}

/** Connects to the echo behind the tunnel; again where the way is just breaking. */
async function openEcho(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    try {
      socket.write('ehello');
      await once(socket, 'data');
      return socket.on('error', () => {});
    } catch {
      socket.destroy();
    }
  }
}

async function roundTrip(socket: Socket): Promise<void> {
  socket.write('x');
  await once(socket, 'data');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createProcesses } from '../../../src/ops/process.ts';
import { NONCE_VARIABLE } from '../../../src/ops/supervisor/environment.ts';
import { endStrays, findStrays } from '../../../src/ops/supervisor/strays.ts';
import { endProcess, isRunning } from '../../support/processes.ts';
import { realTime } from '../net/support.ts';

const started: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map(endProcess));
});

const sent: string[] = [];
const sys = {
  ...realTime,
  pid: process.pid,
  platform: process.platform,
  processes: createProcesses(process.platform),
  signalProcess: (pid: number, signal: NodeJS.Signals) => {
    sent.push(`${signal} ${pid}`);
    try {
      return process.kill(pid, signal);
    } catch {
      // Gone, as the System's own tells it.
      return false;
    }
  },
};
const newMark = () => ({ id: randomBytes(8).toString('hex'), nonce: randomBytes(16).toString('hex') });

/** Starts a program and waits until it runs what it should. */
async function start(argv: readonly string[], env: Record<string, string>): Promise<number> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child.pid ?? -1;
}
const patient = ['sh', '-c', 'echo on; exec sleep 60'];
const stubborn = ['sh', '-c', 'trap "" TERM; echo on; while :; do sleep 0.1; done'];

describe.runIf(process.platform === 'linux')('strays on Linux', () => {
  it('are found by the nonce in their environment, and ended', async () => {
    const mark = newMark();
    const pids = [
      await start(patient, { [NONCE_VARIABLE]: mark.nonce }),
      await start(patient, { OTHER: '1', [NONCE_VARIABLE]: mark.nonce }),
    ];
    expect((await findStrays(sys, mark)).sort()).toEqual(pids.sort());
    expect(await endStrays(sys, mark)).toEqual([]);
    for (const pid of pids) expect(await isRunning(pid)).toBe(false);
  });

  it('are no strangers: neither another nonce, nor a part of it, nor another variable', async () => {
    const mark = newMark();
    const strangers = [
      await start(patient, { [NONCE_VARIABLE]: newMark().nonce }),
      await start(patient, { [NONCE_VARIABLE]: `${mark.nonce}0` }),
      await start(patient, { [`NOT_${NONCE_VARIABLE}`]: mark.nonce }),
      await start([...patient, mark.nonce, `../${mark.id}/`], {}),
    ];
    sent.length = 0;
    expect(await endStrays(sys, mark)).toEqual([]);
    expect(sent).toEqual([]);
    for (const pid of strangers) expect(await isRunning(pid)).toBe(true);
  });

  it('are killed when they do not listen', async () => {
    const mark = newMark();
    const pid = await start(stubborn, { [NONCE_VARIABLE]: mark.nonce });
    sent.length = 0;
    expect(await endStrays(sys, mark)).toEqual([]);
    expect(sent).toContain(`SIGTERM ${pid}`);
    expect(sent).toContain(`SIGKILL ${pid}`);
    expect(await isRunning(pid)).toBe(false);
  });

  it('are never this very process', async () => {
    const mark = newMark();
    const pid = await start(patient, { [NONCE_VARIABLE]: mark.nonce });
    expect(await findStrays({ ...sys, pid }, mark)).toEqual([]);
  });
});

describe('strays where the system shows no environments', () => {
  it('are found by the folder of their session in their arguments', async () => {
    const mark = newMark();
    const pid = await start([...patient, '-L', `../${mark.id}/1/0.sock:h:1`], {});
    await start([...patient, `../${newMark().id}/1/0.sock`], {});
    // The shell is replaced by sleep, which keeps no arguments of ours: one that stays is asked for.
    const stays = await start(['sh', '-c', 'echo on; sleep 60; :', `../${mark.id}/1/0.sock`], {});
    const found = await findStrays({ ...sys, platform: 'darwin' }, mark);
    expect(found).toContain(stays);
    expect(found).not.toContain(pid);
  });
});

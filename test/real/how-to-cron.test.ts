import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPrefect } from '../../src/rehearsal/prefect.ts';
import type { WebService } from '../../src/rehearsal/web-service.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { startRunning } from './support/borrowing.ts';
import { prepareCron } from './support/how-to-cron.ts';
import { processesOf } from './support/sandbox-processes.ts';
import { openStage, runtimeFiles, type Stage } from './support/stage.ts';

describeReal('the crontab line of the page', ['sshd', 'ssh', 'curl'], () => {
  let sshd: Sshd;
  let prefect: WebService;
  beforeAll(async () => {
    [sshd, prefect] = await Promise.all([startSshd(), startPrefect({ version: '3.9.9' })]);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), prefect?.close()]);
  });

  const prepare = (stage: Stage, hostKeyLine: string) =>
    prepareCron(stage, { sshd, service: prefect.port, hostKeyLine });
  /** Runs a command as cron does: in the home folder, with no more than this in its environment. */
  const asCron = (command: string, stage: Stage) => {
    const env = { HOME: stage.home, LOGNAME: userInfo().username, SHELL: '/bin/sh', PATH: '/usr/bin:/bin' };
    const running = startRunning(['/bin/sh', '-c', command], { env, project: stage.home });
    running.finish();
    return running.end;
  };
  const expectNothing = async (stage: Stage) => {
    expect(await processesOf(stage)).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
  };

  it.concurrent('works as it is written, and prints nothing that cron would mail', async (t) => {
    const stage = await openStage(t);
    const { command } = await prepare(stage, sshd.hostKeyLine);
    expect(await asCron(command, stage)).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    expect(await readFile(join(stage.home, 'reports', 'version.json'), 'utf8')).toBe('"3.9.9"');
    await expectNothing(stage);
  });

  it.concurrent('says in one line why it could not, and runs no job then', async (t) => {
    const stage = await openStage(t);
    const { command } = await prepare(stage, 'elsewhere.example.com ssh-ed25519 AAAA');
    await writeFile(join(stage.home, '.ssh', 'known_hosts'), '');
    const ended = await asCron(command, stage);
    expect(ended).toMatchObject({ code: 125, stdout: '' });
    expect(ended.stderr).toMatch(/^error: .*\[host-key-unknown\]\n/);
    await expect(readFile(join(stage.home, 'reports', 'version.json'))).rejects.toThrow('ENOENT');
    await expectNothing(stage);
  });
});

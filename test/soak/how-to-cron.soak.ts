import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { startPrefect } from '../../src/rehearsal/prefect.ts';
import type { WebService } from '../../src/rehearsal/web-service.ts';
import { startRunning } from '../real/support/borrowing.ts';
import { prepareCron } from '../real/support/how-to-cron.ts';
import { eventually } from '../real/support/sandbox-processes.ts';
import { openStage, runtimeFiles, type Stage } from '../real/support/stage.ts';
import { openView } from '../real/support/views.ts';
import { testWith } from '../state/support/needs.ts';
import { describeReal, realPath } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

/** A Monday, just before the time in the line. Only cron itself lives then: it gives a job no such environment. */
const JUST_BEFORE = '@2026-11-23 06:14:57';
const PERMIT = ['auth', 'account', 'session'].map((kind) => `${kind} required pam_permit.so\n`).join('');

describeReal('a real cron', ['sshd', 'ssh', 'curl', 'cron', 'faketime', 'unshare', 'nsenter'], () => {
  let sshd: Sshd;
  let prefect: WebService;
  beforeAll(async () => {
    [sshd, prefect] = await Promise.all([startSshd(), startPrefect({ version: '3.9.9' })]);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), prefect?.close()]);
  });

  /** Starts a cron that knows this one crontab, in namespaces of its own: nothing of the machine's own cron is there. */
  const startCron = async (stage: Stage, crontab: string) => {
    const { username, uid } = userInfo();
    const own = join(stage.root, 'cron');
    await mkdir(own);
    const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => {
      const fields = line.split(':');
      return fields[2] === `${uid}` ? fields.with(5, stage.home).join(':') : line;
    });
    await writeFile(join(own, 'passwd'), users.join('\n'));
    await writeFile(join(own, 'table'), crontab);
    await mkdir(join(own, 'pam'));
    for (const name of ['cron', 'other']) await writeFile(join(own, 'pam', name), PERMIT);
    await mkdir(join(own, 'none'));
    const setup = `mount --bind ${own}/passwd /etc/passwd; mount --bind ${own}/pam /etc/pam.d
      mount -t tmpfs none /dev/shm; mount -t tmpfs none /run; mount -t tmpfs none /var/spool; mkdir -p /var/spool/cron/crontabs
      cp ${own}/table /var/spool/cron/crontabs/${username}; chmod 600 /var/spool/cron/crontabs/${username}
      [ ! -d /etc/cron.d ] || mount --bind ${own}/none /etc/cron.d
      [ ! -f /etc/crontab ] || mount --bind /dev/null /etc/crontab`;
    const view = await openView({ namespaces: ['mount', 'pid'], setup });
    const cron = [realPath('faketime'), '-f', JUST_BEFORE, realPath('cron'), '-f'];
    startRunning([...view.enter, '/', ...cron], { env: { PATH: '/usr/bin:/bin', TZ: 'UTC' }, project: '/' });
    return view;
  };

  testWith('the right to make namespaces as root', ['unshare', '--mount', '--pid', '--fork', 'true'])(
    'runs the line of the page as it is written, when its time comes',
    async () => {
      const stage = await openStage();
      const { crontab } = await prepareCron(stage, {
        sshd,
        service: prefect.port,
        hostKeyLine: sshd.hostKeyLine,
      });
      const view = await startCron(stage, crontab);
      const answer = join(stage.home, 'reports', 'version.json');
      const read = () => readFile(answer, 'utf8').catch(() => '');
      await eventually('the answer', async () => (await read()) !== '', 60_000);
      expect(await read()).toBe('"3.9.9"');
      await eventually('the end of the session', async () => (await runtimeFiles(stage)).length === 0);
      await view.end();
    },
  );
});

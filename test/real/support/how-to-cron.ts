import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sshd } from '../../support/sshd.ts';
import { blocksOf, giveMeaning, knownHost, makeBin, placeKey } from './how-to.ts';
import type { Stage } from './stage.ts';

const PAGE = 'docs/how-to/cron.md';

/** Sets a home up as the page says, and gives its crontab, and the command of its one line. */
export async function prepareCron(
  stage: Stage,
  { sshd, service, hostKeyLine }: { sshd: Sshd; service: number; hostKeyLine: string },
): Promise<{ crontab: string; command: string }> {
  const reports = join(stage.home, 'reports');
  const [[config = ''], [job = ''], [crontab = '']] = await Promise.all([
    blocksOf(PAGE, 'yaml'),
    blocksOf(PAGE, 'sh'),
    blocksOf(PAGE, 'crontab'),
  ]);
  await mkdir(reports);
  await writeFile(join(reports, 'hotpass.yaml'), config);
  await writeFile(join(reports, 'report.sh'), job, { mode: 0o755 });
  await placeKey(sshd.identity, join(stage.home, '.ssh', 'reports'));
  const known = join(stage.home, '.ssh', 'known_hosts');
  await writeFile(known, `${knownHost(hostKeyLine)}\n`);
  await giveMeaning(stage, { sshd, service, folder: reports, sshLines: [`UserKnownHostsFile ${known}`] });
  // What a login sets: the PATH, and a runtime folder, which keeps the test out of everybody's /tmp.
  const profile = `PATH="${await makeBin(stage)}:$PATH"\nexport XDG_RUNTIME_DIR=${stage.env.XDG_RUNTIME_DIR}\n`;
  await writeFile(join(stage.home, '.profile'), profile);
  const [, command = ''] = /^(?:\S+\s+){5}(.*)\n$/.exec(crontab) ?? [];
  return { crontab, command };
}

import type { Environment, System } from '../../../system.ts';
import type { Attendance } from '../../supervisor/attendance.ts';
import type { LoginMode } from './argv.ts';

/** Chooses how to log in: an ssh that cannot ask through us is not let ask at all, whoever attends. */
export async function chooseMode(
  sys: Pick<System, 'processes'>,
  ssh: { readonly attendance: Attendance; readonly env: Environment; readonly folder: string },
  isProxied: boolean,
): Promise<LoginMode> {
  if (!ssh.attendance.isPresent()) return 'unattended';
  let version = '';
  const onLine = (line: string) => {
    version += line;
  };
  const child = await sys.processes.start(['ssh', '-V'], { env: ssh.env, cwd: ssh.folder, onLine });
  await child.exited;
  if (!canAsk(version)) return 'unattended';
  return isProxied ? 'attended-on-the-way' : 'attended';
}

/**
 * Reads what `ssh -V` prints: SSH_ASKPASS_REQUIRE came with OpenSSH 8.4 (its release notes). An ssh of somebody else's
 * making is taken for a new one. Pure.
 */
export function canAsk(version: string): boolean {
  const [, major, minor] = /^OpenSSH_(\d+)\.(\d+)/.exec(version) ?? [];
  // 10.0 comes after 9.9, and 8.10 would come after 8.4: no decimal number.
  return major === undefined || Number(major) > 8 || (major === '8' && Number(minor) >= 4);
}

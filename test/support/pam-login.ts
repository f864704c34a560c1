import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { realPath } from './real.ts';
import type { StartSshd } from './sshd.ts';

/** A login by PAM that knows one user and one password, and nothing of this machine's. */
export interface PamLogin extends Required<Pick<StartSshd, 'env' | 'settings'>> {
  remove(): Promise<void>;
}

/**
 * Makes what an sshd needs to ask for a password itself, in the way that one with a second factor does. The user who
 * runs the test logs in with `password` (cwrap's pam_wrapper and its pam_matrix).
 */
export async function makePamLogin(password: string): Promise<PamLogin> {
  const folder = await mkdtemp(join(tmpdir(), 'hpm-'));
  const passwords = join(folder, 'passwords');
  await writeFile(passwords, `${userInfo().username}:${password}:sshd\n`, { mode: 0o600 });
  const rules = ['auth', 'account', 'session'].map(
    (kind) => `${kind} required ${realPath('pam_matrix.so')} passdb=${passwords}\n`,
  );
  await writeFile(join(folder, 'sshd'), rules.join(''));
  return {
    env: {
      LD_PRELOAD: realPath('libpam_wrapper.so'),
      PAM_WRAPPER: '1',
      PAM_WRAPPER_SERVICE_DIR: folder,
    },
    settings: [
      'UsePAM yes',
      'AuthenticationMethods keyboard-interactive',
      'KbdInteractiveAuthentication yes',
      'Banner none',
    ],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

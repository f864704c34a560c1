import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { HotpassError, isErrno, messageOf } from '../../errors.ts';
import type { System } from '../../system.ts';
import { findProgram } from '../process.ts';
import type { TunnelRequest } from './request.ts';

/** Checks that ssh is there, and the files that it is to read. Throws `program-missing` and `file-not-found`. */
export async function checkFiles(sys: Pick<System, 'env'>, request: TunnelRequest): Promise<void> {
  const { gateway } = request.plan;
  if (gateway === undefined) return;
  if (findProgram('ssh', sys.env.PATH) === undefined) {
    throw new HotpassError('program-missing', 'ssh is not installed, or not on PATH', {
      hint: 'install the OpenSSH client (Debian: apt-get install openssh-client)',
    });
  }
  const files = [
    ['identity', gateway.identity],
    ['ssh-config', gateway.configFile],
  ] as const;
  for (const [flag, file] of files) {
    if (file === undefined) continue;
    await checkReadable(flag, file);
  }
}

/** ssh takes a folder for an empty file, and then tries to log in with other keys and settings. */
async function checkReadable(flag: string, file: string): Promise<void> {
  const problem = await (async () => {
    await access(file, constants.R_OK);
    return (await stat(file)).isDirectory() ? 'is a folder' : undefined;
  })().catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return 'does not exist';
    return isErrno(error, 'EACCES', 'EPERM') ? 'may not be read by this user' : messageOf(error);
  });
  if (problem === undefined) return;
  throw new HotpassError('file-not-found', `--${flag} ${file} ${problem}`, {
    hint: `name a file: --${flag} FILE`,
  });
}

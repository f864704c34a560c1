import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, isPortOpen } from '../test/support/ports.ts';
import type { Sshd } from '../test/support/sshd.ts';

/** Starts a plain `ssh -N -L` and waits until its own forward takes connections. */
export async function startPlainSsh(
  sshd: Sshd,
  remotePort: number,
): Promise<{ port: number; child: ChildProcess }> {
  const port = await freePort();
  const forward = `127.0.0.1:${port}:127.0.0.1:${remotePort}`;
  const args = ['-F', sshd.configFile, '-N', '-o', 'ExitOnForwardFailure=yes', '-L', forward, sshd.alias];
  const child = spawn('ssh', args, { stdio: 'ignore' });
  while (!(await isPortOpen(port))) await pause(5);
  return { port, child };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { endProcess } from './processes.ts';
import { realPath } from './real.ts';
import { operatorOf } from './rival-plugin.ts';

/** `aws ssm start-session` with the official plugin, as an operator has it today. */
export interface RivalCli {
  /** Leads a process group of its own, with the plugin in it. */
  readonly child: ChildProcess;
  /** Ends both as Ctrl-C does. */
  interrupt(): Promise<void>;
  /** Ends what is left, and takes its home away. */
  close(): Promise<void>;
}

/** Starts it for a host behind the far side at `url`; resolves when it listens on the local port. */
export async function startCli(
  url: string,
  host: string,
  port: number,
  localPort: number,
): Promise<RivalCli> {
  const home = await mkdtemp(join(tmpdir(), 'hpc-'));
  const parameters = { host: [host], portNumber: [String(port)], localPortNumber: [String(localPort)] };
  const child = spawn(
    realPath('aws'),
    [
      ...['ssm', 'start-session', '--target', 'i-0123456789abcdef0', '--reason', 'by the AWS CLI'],
      ...['--document-name', 'AWS-StartPortForwardingSessionToRemoteHost'],
      ...['--parameters', JSON.stringify(parameters)],
    ],
    {
      env: {
        ...operatorOf(url),
        // It reads no other variable for that.
        AWS_DEFAULT_REGION: 'eu-west-1',
        PATH: `${dirname(realPath('session-manager-plugin'))}:${process.env.PATH}`,
        HOME: home,
        TMPDIR: home,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    },
  );
  const exit = once(child, 'exit');
  const cli = {
    child,
    async interrupt() {
      process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
      await exit;
    },
    async close() {
      await endProcess(child);
      await rm(home, { recursive: true });
    },
  };
  let said = '';
  const listening = new Promise<true>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Waiting for connections')) resolve(true);
    });
  });
  if ((await Promise.race([listening, exit])) === true) return cli;
  await cli.close();
  throw new Error(`aws ssm start-session ended: ${said}`);
}

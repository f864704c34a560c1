import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, startEcho } from '../support/ports.ts';
import { endProcess } from '../support/processes.ts';
import { describeReal, realPath } from '../support/real.ts';
import { operatorOf } from '../support/rival-plugin.ts';
import { startFarSide } from '../support/ssm-far-side.ts';
import { eventually } from './support/sandbox-processes.ts';

// What AWS's own tools take for Systems Manager is good enough to prove ours on.
describeReal('the rehearsed Systems Manager', ['aws', 'session-manager-plugin'], () => {
  it('serves "aws ssm start-session" with the official plugin', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hpc-'));
    const echo = await startEcho();
    const far = await startFarSide({ hosts: { 'echo.internal': '127.0.0.1' } });
    const port = await freePort();
    const parameters = {
      host: ['echo.internal'],
      portNumber: [String(echo.port)],
      localPortNumber: [String(port)],
    };
    const document = 'AWS-StartPortForwardingSessionToRemoteHost';
    const env = {
      ...operatorOf(far.url),
      AWS_DEFAULT_REGION: 'eu-west-1',
      PATH: `${dirname(realPath('session-manager-plugin'))}:${process.env.PATH}`,
      HOME: folder,
      TMPDIR: folder,
    };
    const target = ['--target', 'i-0123456789abcdef0', '--reason', 'by the AWS CLI'];
    const cli = spawn(
      realPath('aws'),
      [
        'ssm',
        'start-session',
        ...target,
        '--document-name',
        document,
        '--parameters',
        JSON.stringify(parameters),
      ],
      { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true },
    );
    onTestFinished(async () => {
      await endProcess(cli);
      await far.close();
      await echo.close();
      await rm(folder, { recursive: true });
    });
    let said = '';
    cli.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await eventually('it listens', async () => said.includes('Waiting for connections'));

    const sent = randomBytes(20_000);
    const socket = connect(port, 'localhost');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk)).write(sent);
    await eventually('all has come back', async () => Buffer.concat(chunks).length === sent.length);
    expect(Buffer.concat(chunks)).toEqual(sent);
    socket.destroy();
    expect(await far.sessions()).toMatchObject([{ state: 'Connected', document, reason: 'by the AWS CLI' }]);

    // As Ctrl-C does, to both of them: the CLI leaves that to the plugin.
    const exit = once(cli, 'exit');
    process.kill(-(cli.pid ?? Number.NaN), 'SIGINT');
    await exit;
    await eventually('the session is over', async () => (await far.sessions())[0]?.state === 'Terminated');
  });
});

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../real/support/sandbox-processes.ts';
import { freePort, startEcho } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { startCli } from '../support/rival-cli.ts';
import { startFarSide } from '../support/ssm-far-side.ts';

// What AWS's own tools take for Systems Manager is good enough to prove ours on.
describeReal('the rehearsed Systems Manager', ['aws', 'session-manager-plugin'], () => {
  it('serves "aws ssm start-session" with the official plugin', async () => {
    const [echo, port] = [await startEcho(), await freePort()];
    const far = await startFarSide({ hosts: { 'echo.internal': '127.0.0.1' } });
    onTestFinished(async () => {
      await far.close();
      await echo.close();
    });
    const cli = await startCli(far.url, 'echo.internal', echo.port, port);
    onTestFinished(cli.close);

    const sent = randomBytes(20_000);
    const socket = connect(port, 'localhost');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk)).write(sent);
    await eventually('all has come back', async () => Buffer.concat(chunks).length === sent.length);
    expect(Buffer.concat(chunks)).toEqual(sent);
    socket.destroy();
    const document = 'AWS-StartPortForwardingSessionToRemoteHost';
    expect(await far.sessions()).toMatchObject([{ state: 'Connected', document, reason: 'by the AWS CLI' }]);

    await cli.interrupt();
    // The plugin says that the session shall end and leaves at once: what it said may go down with its socket.
    await eventually('they have left', async () => (await far.sessions())[0]?.clientSockets === 0);
  });
});

import { expect, it } from 'vitest';
import { freePort } from '../../../support/ports.ts';
import { probePort, serveTcp } from './probe-port.ts';

it('calls a connection open that lasts, although nothing is said', async () => {
  const port = await serveTcp((socket) => socket.resume());
  expect(await probePort('tcp', port)).toMatchObject({ outcome: 'ok', service: 'TCP open' });
});

it('calls a connection open as soon as the far side says something', async () => {
  const port = await serveTcp((socket) => socket.end('220 ready\r\n'));
  expect(await probePort('tcp', port)).toMatchObject({ outcome: 'ok', service: 'TCP open' });
});

it.each([
  ['half-closes it', 'end'],
  ['resets it', 'resetAndDestroy'],
  ['closes it', 'destroy'],
] as const)('fails when the far side takes the connection and %s', async (_how, close) => {
  const port = await serveTcp((socket) => {
    socket[close]();
  });
  expect(await probePort('tcp', port)).toMatchObject({
    outcome: 'failed',
    service: 'TCP',
    reason: 'closed at once (nothing listens behind the tunnel, or it does not want us)',
  });
});

it('says that the port is closed', async () => {
  expect((await probePort('tcp', await freePort())).reason).toBe('connection refused behind the tunnel');
});

it('does not dial at all when there is nothing to probe', async () => {
  expect(await probePort('none', 1)).toMatchObject({ outcome: 'skipped', service: 'not probed', ms: 0 });
});

import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectMended, expectWholeEnd, findSsh, openConfigured } from '../real/support/ssh-config-stage.ts';
import type { Stage } from '../real/support/stage.ts';
import { startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

/** Settings of ssh_config(5) each of which would take ssh out of our hands. */
const HOSTILE: Readonly<Record<string, readonly string[]>> = {
  'sends ssh to the background': ['ForkAfterAuthentication yes', 'StdinNull yes'],
  'clears forwards': ['ClearAllForwardings yes', 'ExitOnForwardFailure no'],
  'wants a terminal and a command': ['RequestTTY force', 'RemoteCommand sleep 60', 'SessionType default'],
  'runs a command here': ['PermitLocalCommand yes', 'LocalCommand touch ROOT/ran; sleep 60'],
  'opens a master for others': ['ControlMaster auto', 'ControlPath ROOT/m-%C', 'ControlPersist yes'],
  'makes a network device': ['Tunnel yes'],
};
const ALL = [
  ...Object.values(HOSTILE).flat(),
  'ServerAliveInterval 0',
  'StreamLocalBindMask 0777',
  'StreamLocalBindUnlink no',
  'GatewayPorts yes',
  'LogLevel QUIET',
  'LogVerbose *',
  'BatchMode no',
  'SendEnv *',
  'SetEnv A=b',
  'CanonicalizeHostname yes',
];

/** Ways to a host behind another: its name, lines of ssh_config, and arguments. */
const JUMPS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['--jump', [], ['--host', 'inner', '--jump', 'bastion']],
  ['ProxyJump', ['Match originalhost inner', 'ProxyJump bastion'], ['--host', 'inner']],
  [
    'ProxyJump under Match exec',
    ['Match originalhost inner exec "test -d ROOT"', 'ProxyJump bastion'],
    ['--host', 'inner'],
  ],
];

describeReal('a session is whole and ours where ssh_config', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let inner: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    sshd = await startSshd();
    [inner, echo] = await Promise.all([startSshd({ alias: 'inner', joins: sshd }), startEcho()]);
  });
  afterAll(async () => {
    await inner?.stop();
    await sshd?.stop();
    await echo?.close();
  });

  for (const [what, settings] of Object.entries(HOSTILE)) {
    it(what, async (t) => {
      const tunnel = await openConfigured(t, sshd, echo, { settings });
      expect(await findSsh(tunnel.stage)).toMatchObject({ own: [expect.any(Number)], hops: [] });
      await expectWholeEnd(tunnel);
      expect(await strangeFiles(tunnel.stage.root)).toEqual([]);
    });
  }

  it('does all of that', async (t) => {
    const tunnel = await openConfigured(t, sshd, echo, { settings: ALL });
    const { own } = await findSsh(tunnel.stage);
    expect(own).toHaveLength(1);
    expect(await socketModes(tunnel.stage)).toEqual(['600']);
    await expectMended(tunnel, own[0], 1);
    await expectWholeEnd(tunnel);
    expect(await strangeFiles(tunnel.stage.root)).toEqual([]);
  });

  for (const [by, jump, args] of JUMPS) {
    it(`does all of that, also to the jump host of ${by}`, async (t) => {
      const tunnel = await openConfigured(t, sshd, echo, { settings: [...ALL, ...jump], args });
      const first = await findSsh(tunnel.stage);
      expect([first.own.length, first.hops.length]).toEqual([1, 1]);
      await expectMended(tunnel, first.hops[0], 1);
      await expectMended(tunnel, (await findSsh(tunnel.stage)).own[0], 2);
      await expectWholeEnd(tunnel);
      expect(await strangeFiles(tunnel.stage.root)).toEqual([]);
    });
  }
});

/** What stands in a sandbox beside its own folders, whose names have one letter. */
async function strangeFiles(root: string): Promise<readonly string[]> {
  return (await readdir(root)).filter((name) => name.length > 1);
}

/** The modes of ssh's sockets: root can use those that nobody may use. */
async function socketModes(stage: Stage): Promise<readonly string[]> {
  const paths = await readdir(stage.runtime, { recursive: true });
  const sockets = paths.filter((path) => basename(path) === '0.sock');
  return Promise.all(
    sockets.map(async (path) => ((await stat(join(stage.runtime, path))).mode & 0o777).toString(8)),
  );
}

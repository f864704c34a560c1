import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Forward, Gateway } from '../../../../src/ops/net/plan.ts';
import { plainSshArgv, RESERVED_OPTIONS, sshArgv } from '../../../../src/ops/net/ssh/argv.ts';
import { describeReal, realPath } from '../../../support/real.ts';

const run = promisify(execFile);
const bare: Gateway = { host: 'bastion', jump: [], options: [] };
const full: Gateway = {
  host: 'bastion',
  user: 'me',
  port: 2222,
  identity: '/k',
  jump: ['a', 'b:22'],
  options: ['Compression=yes'],
  configFile: '/c',
};
const forwards: Forward[] = [
  { name: 'api', host: 'api.internal', port: 4200, localPort: 4201, probe: 'tcp' },
  { name: 'six', host: 'fd00::5', port: 80, localPort: 8080, probe: 'tcp' },
];
const argvOf = (gateway: Gateway) => sshArgv(gateway, forwards, ({ name }) => `../s/1/${name}`);

describe('sshArgv', () => {
  it('guards the one ssh that the session owns', () => {
    const argv = argvOf(bare);
    for (const option of [
      'ControlPath=none',
      'ControlMaster=no',
      'ForkAfterAuthentication=no',
      'RemoteCommand=none',
      'RequestTTY=no',
      'PermitLocalCommand=no',
      'ClearAllForwardings=no',
      'ExitOnForwardFailure=yes',
      'BatchMode=yes',
    ]) {
      expect(argv[argv.indexOf(option) - 1], option).toBe('-o');
    }
  });

  it('puts its own options first, and the destination behind --', () => {
    const argv = argvOf(full);
    const own = argv.lastIndexOf('BatchMode=yes');
    expect(own).toBeLessThan(argv.indexOf('Compression=yes'));
    expect(own).toBeLessThan(argv.indexOf('-F'));
    expect(argv.slice(-2)).toEqual(['--', 'bastion']);
  });

  it('says everything that the gateway says', () => {
    const said = argvOf(full).slice(argvOf(full).indexOf('-F'));
    expect(said.join(' ')).toBe(
      '-F /c -p 2222 -i /k -o IdentitiesOnly=yes -J a,b:22 -o Compression=yes -o LogLevel=INFO -o LogVerbose=none -L ../s/1/api:api.internal:4200 -L ../s/1/six:[fd00::5]:80 -l me -- bastion',
    );
  });

  it('goes on without a forward of ssh_config when it is told so, and only then', () => {
    const tolerant = sshArgv(bare, forwards, () => 's', { isTolerant: true });
    expect(tolerant.indexOf('ExitOnForwardFailure=no')).toBeGreaterThan(0);
    expect(tolerant.indexOf('ExitOnForwardFailure=no')).toBeLessThan(
      tolerant.indexOf('ExitOnForwardFailure=yes'),
    );
    expect(argvOf(bare)).not.toContain('ExitOnForwardFailure=no');
  });

  it('lets --ssh-option ask for more words than its own level', () => {
    const argv = argvOf({ ...bare, options: ['LogLevel=DEBUG'] });
    expect(argv.indexOf('LogLevel=DEBUG')).toBeLessThan(argv.indexOf('LogLevel=INFO'));
  });

  it('leaves to ssh_config what the gateway leaves out', () => {
    const argv = argvOf(bare);
    for (const flag of ['-F', '-p', '-i', '-J', '-l']) expect(argv).not.toContain(flag);
  });
});

it('plainSshArgv listens on every bind address, and needs nothing of hotpass', () => {
  expect(plainSshArgv(full, forwards, ['127.0.0.1', '::1']).join(' ')).toBe(
    'ssh -N -o ExitOnForwardFailure=yes -o ServerAliveInterval=5 -F /c -p 2222 -i /k -o IdentitiesOnly=yes -J a,b:22 -o Compression=yes -L 127.0.0.1:4201:api.internal:4200 -L [::1]:4201:api.internal:4200 -L 127.0.0.1:8080:[fd00::5]:80 -L [::1]:8080:[fd00::5]:80 -l me -- bastion',
  );
});

describe('RESERVED_OPTIONS', () => {
  it('holds every option that is set, in lower case', () => {
    const set = argvOf(bare).flatMap((word, index, all) =>
      all[index - 1] === '-o' ? [word.split('=')[0]] : [],
    );
    // How much ssh says is the operator's choice.
    const chosen = ['LogLevel', 'LogVerbose'];
    for (const name of set) {
      if (!chosen.includes(name ?? '')) expect(RESERVED_OPTIONS).toContain(name?.toLowerCase());
    }
  });

  it.each(['localforward', 'remoteforward', 'dynamicforward', 'tunnel', 'controlpersist'])(
    'holds %s',
    (name) => {
      expect(RESERVED_OPTIONS).toContain(name);
    },
  );
});

describeReal('the real ssh', ['ssh'], () => {
  /** What `ssh -G` says of an ssh that reads these settings. */
  const effective = async (argv: readonly string[], settings: readonly string[]): Promise<string[]> => {
    const folder = await mkdtemp(join(tmpdir(), 'hpa-'));
    try {
      const file = join(folder, 'config');
      await writeFile(file, `Host *\n${settings.join('\n')}\n`);
      return (await run(realPath('ssh'), ['-G', '-F', file, ...argv])).stdout.split('\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  /** ssh_config against us, and what holds. */
  const HOLDS = [
    ['ControlMaster auto', 'controlmaster false'],
    ['ForkAfterAuthentication yes', 'forkafterauthentication no'],
    ['RequestTTY force', 'requesttty false'],
    ['PermitLocalCommand yes', 'permitlocalcommand no'],
    ['ClearAllForwardings yes', 'clearallforwardings no'],
    ['ExitOnForwardFailure no', 'exitonforwardfailure yes'],
    ['SessionType subsystem', 'sessiontype none'],
    ['Tunnel yes', 'tunnel false'],
    ['StreamLocalBindUnlink no', 'streamlocalbindunlink yes'],
    ['ServerAliveInterval 0', 'serveraliveinterval 5'],
    ['ServerAliveCountMax 100', 'serveralivecountmax 2'],
    ['ConnectTimeout 1000', 'connecttimeout 10'],
    ['ConnectionAttempts 9', 'connectionattempts 1'],
    ['BatchMode no', 'batchmode yes'],
    ['LogLevel QUIET', 'loglevel INFO'],
    ['LogVerbose *', 'logverbose none'],
  ] as const;

  it('lets nothing of ssh_config or --ssh-option change what must be so', async () => {
    const gateway = { ...bare, options: ['ControlPath=/tmp/x', 'BatchMode=no'] };
    const [, ...args] = sshArgv(gateway, forwards, () => '../s/1/0');
    const against = [...HOLDS.map(([setting]) => setting), 'ControlPath /tmp/y', 'RemoteCommand w'];
    const lines = await effective(args, against);
    for (const [, line] of HOLDS) expect(lines).toContain(line);
    expect(lines.join('\n')).not.toMatch(/^(?:controlpath|remotecommand) (?!none$)/m);
    // Each of them changes something by itself.
    const alone = HOLDS.map(async ([setting, line]) =>
      (await effective(['bastion', 'command'], [setting])).includes(line) ? [setting] : [],
    );
    expect((await Promise.all(alone)).flat()).toEqual([]);
  });
});

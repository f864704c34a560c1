import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Gateway } from '../../../../src/ops/net/plan.ts';
import { ownConfig, writeOwnConfig } from '../../../../src/ops/net/ssh/own-config.ts';
import { runProgram } from '../../../real/support/run-program.ts';
import { describeReal, realPath } from '../../../support/real.ts';

const bastion: Gateway = { host: 'bastion', jump: ['near'], options: ['Compression=yes'] };

describe('the ssh_config for the whole way', () => {
  it('sets ours before what it includes: ssh keeps the first value', () => {
    const lines = ownConfig(bastion, ['~/.ssh/config']).split('\n');
    const include = lines.indexOf('Include ~/.ssh/config');
    for (const line of [
      'ControlMaster no',
      'ControlPath none',
      'ForkAfterAuthentication no',
      'PermitLocalCommand no',
      'ClearAllForwardings yes',
      'StdinNull no',
      'BatchMode yes',
      'LogLevel INFO',
    ]) {
      expect(lines.indexOf(line), line).toBeGreaterThanOrEqual(0);
      expect(lines.indexOf(line), line).toBeLessThan(include);
    }
    expect(lines.join('\n')).not.toContain('IdentityFile');
  });

  it('offers --identity to jump hosts too, and does not make ssh forget its default keys there', () => {
    const text = ownConfig({ ...bastion, identity: '/k/50% "mine"' }, ['X']);
    expect(text).toMatch(
      /^IdentityFile "\/k\/50%% \\"mine\\""\nInclude X\nMatch originalhost \*,!bastion\n/m,
    );
    expect(text).toContain('\n  IdentityFile ~/.ssh/id_ed25519\n');
  });
});

describe('writeOwnConfig', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hpc-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('leaves the key out of the command line, and keeps an agent from using up the tries at the bastion', async () => {
    const { gateway } = await writeOwnConfig(folder, (name) => `near/${name}`, {
      ...bastion,
      identity: '/k',
    });
    expect(gateway).toEqual({
      ...bastion,
      identity: undefined,
      configFile: 'near/ssh_config',
      options: ['IdentitiesOnly=yes', 'Compression=yes'],
    });
  });

  it('calls a file by the name that the operator gave', async () => {
    const configFile = join(folder, 'mine');
    await writeFile(configFile, 'Frob yes\n');
    const { rename } = await writeOwnConfig(folder, (name) => name, { ...bastion, configFile });
    expect(rename(`${join(folder, 'given_config')}: line 1: Bad`)).toBe(`${configFile}: line 1: Bad`);
    expect(await readFile(join(folder, 'given_config'), 'utf8')).toBe('Frob yes\n');
  });

  it('tells of a file that cannot be read', async () => {
    const configFile = join(folder, 'gone');
    await expect(writeOwnConfig(folder, (name) => name, { ...bastion, configFile })).rejects.toMatchObject({
      code: 'ssh-config-invalid',
    });
  });
});

describeReal('the real ssh', ['ssh'], () => {
  it('reads it from a folder of any name, and the given file whatever its mode', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hpc [a]*? "x" \\ '));
    try {
      const configFile = join(folder, 'mine');
      await writeFile(configFile, 'Host *\n  User from-mine\n  ControlMaster yes\n', { mode: 0o666 });
      await writeOwnConfig(folder, (name) => name, { ...bastion, configFile, identity: '/k/a b' });
      const argv = [realPath('ssh'), '-G', '-F', join(folder, 'ssh_config'), 'near'];
      const { stdout } = await runProgram([], argv, { env: {}, project: folder });
      const lines = stdout.split('\n');
      expect(lines).toContain('user from-mine');
      expect(lines).toContain('controlmaster false');
      expect(lines.filter((line) => line.startsWith('identityfile '))[0]).toBe('identityfile /k/a b');
      expect(lines.some((line) => line.endsWith('/.ssh/id_ed25519'))).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

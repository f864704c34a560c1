import { printable } from '../../../printable.ts';
import type { System } from '../../../system.ts';
import type { Gateway } from '../plan.ts';
import { sshConfigArgv } from './argv.ts';

/** Names of `ssh -G` for what ssh_config opens beside our own forwards, with the word of ssh_config(5). */
const OPENING = {
  localforward: 'LocalForward',
  remoteforward: 'RemoteForward',
  dynamicforward: 'DynamicForward',
};

/**
 * Finds the forwards that ssh_config adds to every ssh to this bastion, ours too: they cannot be switched off without
 * losing our own, so they are told. Asks `ssh -G`, which connects to nobody. Empty when ssh cannot say.
 */
export async function findInheritedForwards(
  sys: Pick<System, 'processes' | 'env'>,
  gateway: Gateway,
): Promise<string[]> {
  const { exitCode, stdout } = await sys.processes.run(sshConfigArgv(gateway), { env: sys.env });
  // What is wrong with the settings is said by the ssh that connects.
  return exitCode === 0 ? parseInherited(stdout) : [];
}

/** Reads the forwards out of what `ssh -G` prints. Pure. */
export function parseInherited(settings: string): string[] {
  return settings.split('\n').flatMap((line) => {
    const [name = '', ...value] = line.trim().split(' ');
    const word = Object.entries(OPENING).find(([key]) => key === name)?.[1];
    return word === undefined ? [] : [printable(`${word} ${value.join(' ')}`)];
  });
}

/** Says what ssh opens besides what was asked for. */
export function inheritedNotes(inherited: readonly string[]): string[] {
  return inherited.map(
    (forward) => `ssh_config adds ${forward} to this session; hotpass does not look after it`,
  );
}

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

/** What ssh_config adds to an ssh to this bastion. */
export interface Inherited {
  /** Forwards beside ours, in the words of ssh_config(5). */
  readonly forwards: readonly string[];
  /** Another ssh leads to the bastion: `--jump`, or a ProxyJump of ssh_config. */
  readonly hasJump: boolean;
  /** A program leads to the bastion, another ssh or a ProxyCommand, that may want to be answered too. */
  readonly isProxied: boolean;
}

/** What stands where ssh was not asked, or could not say. */
export const NOTHING_INHERITED: Inherited = { forwards: [], hasJump: false, isProxied: false };

/**
 * Finds what ssh_config adds to every ssh to this bastion, ours too. Its forwards cannot be switched off without losing
 * our own, so they are told. Asks `ssh -G`, which connects to nobody. Nothing is found when ssh cannot say.
 */
export async function findInherited(
  sys: Pick<System, 'processes' | 'env'>,
  gateway: Gateway,
): Promise<Inherited> {
  const { exitCode, stdout } = await sys.processes.run(sshConfigArgv(gateway), { env: sys.env });
  // What is wrong with the settings is said by the ssh that connects.
  return parseInherited(exitCode === 0 ? stdout : '');
}

/** Reads what `ssh -G` prints. Pure. */
export function parseInherited(settings: string): Inherited {
  const lines = settings.split('\n').map((line) => line.trim());
  const forwards = lines.flatMap((line) => {
    const [name = '', ...value] = line.split(' ');
    const word = Object.entries(OPENING).find(([key]) => key === name)?.[1];
    return word === undefined ? [] : [printable(`${word} ${value.join(' ')}`)];
  });
  const isSet = (name: RegExp) => lines.some((line) => name.test(line));
  return {
    forwards,
    hasJump: isSet(/^proxyjump (?!none$)/),
    isProxied: isSet(/^proxy(?:jump|command) (?!none$)/),
  };
}

/** Says what ssh opens besides what was asked for. */
export function inheritedNotes({ forwards }: Inherited): string[] {
  return forwards.map(
    (forward) => `ssh_config adds ${forward} to this session; hotpass does not look after it`,
  );
}

/** Reads out of a line of ssh what the person who waits for the session should know although it goes on. Pure. */
export function readRemark(line: string): string | undefined {
  if (line.startsWith('Warning: Permanently added')) return line;
  const [, local] = /: cannot listen to port: (\d+)$/.exec(line) ?? [];
  if (local !== undefined) return `port ${local} is busy: that forward of ssh_config is not open`;
  const [, remote] =
    /^Warning: (remote port forwarding failed for listen (?:port|path) .+)$/.exec(line) ?? [];
  return remote === undefined ? undefined : `${remote}: that forward of ssh_config is not open`;
}

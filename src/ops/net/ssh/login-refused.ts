import { HotpassError } from '../../../errors.ts';
import { shellCommand } from '../../../shell-words.ts';
import type { Gateway } from '../plan.ts';
import { endedOnTheWay, manualLogin, serverName } from './server-name.ts';

/** Makes the error for a login that was refused; a key that ssh could not use is the likelier cause and is told first. */
export function loginRefused(text: string, gateway: Gateway): HotpassError {
  return unusableKey(text) ?? refused(text, gateway);
}

/** Makes the error for a server that has seen more keys than it allows. */
export function tooManyKeys(text: string, gateway: Gateway): HotpassError {
  return new HotpassError(
    'ssh-auth-failed',
    `${serverName(text, gateway)} refused the login after too many keys`,
    { hint: 'name the one that it takes: --identity FILE' },
  );
}

function unusableKey(text: string): HotpassError | undefined {
  const open = /^Permissions (\d+) for '(.+)' are too open\.$/m.exec(text);
  if (open !== null) {
    const [, mode, file = ''] = open;
    // A public key is meant to be read by others: it is only not what was to be named.
    return file.endsWith('.pub')
      ? new HotpassError('ssh-auth-failed', `${file} is a public key, and the private one is needed`, {
          hint: `--identity ${file.slice(0, -'.pub'.length)}`,
        })
      : new HotpassError(
          'ssh-auth-failed',
          `key ${file} can be read by others (mode ${mode}), so ssh does not use it`,
          { hint: shellCommand(['chmod', '600', file]) },
        );
  }
  const unread = /^Load key "(.+)": (.+)$/m.exec(text);
  if (unread === null) return undefined;
  const [, file, why] = unread;
  return new HotpassError('ssh-auth-failed', `ssh cannot use key ${file}: ${why}`, {
    hint: 'name a private key that ssh-keygen made: --identity FILE',
  });
}

function refused(text: string, gateway: Gateway): HotpassError {
  const [, user, methods] = /^([^\s@]+@?[^\s@]*)@\S+: Permission denied \((.*)\)\.?$/m.exec(text) ?? [];
  const who = user === undefined ? '' : ` of ${user}`;
  const takes = methods === undefined || methods === '' ? '' : ` (it takes ${methods})`;
  return new HotpassError(
    'ssh-auth-failed',
    `${serverName(text, gateway)} does not accept the login${who}${takes}`,
    { hint: hintFor(text, gateway) },
  );
}

function hintFor(text: string, gateway: Gateway): string {
  // ssh -J gives --identity to the last server only: ssh(1), option -J.
  if (endedOnTheWay(text)) return `keys of a jump host stand in ssh_config; try: ${manualLogin(gateway)}`;
  if (gateway.identity !== undefined) {
    return `is it the right key and user? if it has a passphrase: ${shellCommand(['ssh-add', gateway.identity])}`;
  }
  return `is the key loaded (ssh-add -l) and the user right (--ssh-user)? try: ${manualLogin(gateway)}`;
}

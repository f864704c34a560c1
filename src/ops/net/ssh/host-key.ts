import { HotpassError } from '../../../errors.ts';
import type { Gateway } from '../plan.ts';
import { manualLogin, serverName } from './server-name.ts';

/** Makes the error for a host key that differs from the known one; names the file and line that hold it. */
export function hostKeyChanged(text: string, gateway: Gateway): HotpassError {
  const [, keyType, file, line] = /^Offending (\S+) key in (.+):(\d+)$/m.exec(text) ?? [];
  const place = file === undefined ? 'known_hosts' : `${file}:${line} (${keyType})`;
  const got = /^(SHA256:[A-Za-z0-9+/]+)\.?$/m.exec(text)?.[1];
  const shown = got === undefined ? '' : `; it shows ${got}`;
  return new HotpassError(
    'host-key-changed',
    `the host key of ${serverName(text, gateway)} differs from ${place}${shown}`,
    {
      hint: 'ask who runs that server whether its key was changed; only then remove that line',
      details: file === undefined ? undefined : { file, line: Number(line), keyType, fingerprint: got },
    },
  );
}

/** Makes the error for a host key that known_hosts holds as stolen or withdrawn. */
export function hostKeyRevoked(text: string, gateway: Gateway): HotpassError {
  return new HotpassError(
    'host-key-revoked',
    `the host key of ${serverName(text, gateway)} is marked as revoked in known_hosts`,
    {
      hint: 'do not log in there; ask who runs that server for its new key',
    },
  );
}

/** Makes the error for a host key that nobody has accepted yet. */
export function hostKeyUnknown(text: string, gateway: Gateway): HotpassError {
  return new HotpassError(
    'host-key-unknown',
    `the host key of ${serverName(text, gateway)} is in no known_hosts file`,
    { hint: `compare and accept it once by hand: ${manualLogin(gateway)}` },
  );
}

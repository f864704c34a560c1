import { HotpassError } from '../../../errors.ts';
import type { Gateway } from '../plan.ts';

/** What a try to reach the bastion left behind. */
export interface SshEnd {
  /** Lines of ssh's stderr, oldest first. */
  readonly lines: readonly string[];
  readonly exitCode: number | null;
  readonly signal: string | null;
}

type Rule = readonly [RegExp, (found: RegExpMatchArray, end: SshEnd, gateway: Gateway) => HotpassError];

/**
 * Texts of OpenSSH 7.x to 10.x, most telling first. They are not translated; ssh has no message catalogue.
 * Sources: sshconnect.c, sshconnect2.c, ssh.c, readconf.c, channels.c of openssh-portable.
 */
const RULES: readonly Rule[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED/i, hostKeyChanged],
  [/No \S+ host key is known for (\S+)|Host key verification failed/i, hostKeyUnknown],
  [
    /Too many authentication failures/i,
    (_, __, gateway) =>
      new HotpassError('ssh-auth-failed', `${nameOf(gateway)} refused after too many keys`, {
        hint: 'name the key: --identity FILE',
      }),
  ],
  [
    /Permission denied(?: \((.*?)\))?/i,
    (found, end, gateway) =>
      new HotpassError('ssh-auth-failed', `${nameOf(gateway)} does not accept the login${asked(found[1])}`, {
        hint: authHint(end, gateway),
      }),
  ],
  [
    /Bad configuration option: (\S+)|(\S+ line \d+: .*)|Bad owner or permissions on (.+)|Can't open user config file (\S+): .*/i,
    (found) =>
      new HotpassError('ssh-config-invalid', `ssh refuses its configuration: ${found[0]}`, {
        hint: 'mend ssh_config, or the --ssh-option that is named',
      }),
  ],
  [
    /Could not resolve hostname (\S+?):? /i,
    (found, _, gateway) =>
      new HotpassError('ssh-unreachable', `${found[1]} has no address`, {
        hint: `is the VPN up, and is ${gateway.host} the right name? try: ssh ${gateway.host}`,
      }),
  ],
  [
    /connect to host (\S+) port (\d+): (.+)/i,
    (found) =>
      new HotpassError(
        'ssh-unreachable',
        `${found[1]}:${found[2]} cannot be reached: ${lower(found[3] ?? '')}`,
        {
          hint: 'is the VPN up, and does sshd listen there?',
        },
      ),
  ],
  [
    /Timeout, server (\S+) not responding/i,
    (found) => new HotpassError('ssh-unreachable', `${found[1]} went silent: no answer to keepalives`),
  ],
  [
    /kex_exchange_identification: (.+)|Connection (?:closed|reset) by (.+)|Connection timed out.*|banner exchange: (.+)/i,
    (found, _, gateway) =>
      new HotpassError(
        'ssh-unreachable',
        `${nameOf(gateway)} ended the connection before the login: ${lower(found[0])}`,
        {
          hint: 'does an ssh server listen on that port? is this address allowed there?',
        },
      ),
  ],
  [
    /(?:bind|listen|cannot listen|unix_listener|forwarding).*(?:in use|failed|cannot|could not|too long).*/i,
    (found) =>
      new HotpassError('forward-refused', `ssh could not set up a forward: ${lower(found[0])}`, {
        hint: 'a LocalForward or RemoteForward in ssh_config may be busy; see: hotpass net up --dry-run --verbose',
      }),
  ],
];

/** Turns the end of an ssh into one error: which link broke, and what to type next. Pure. */
export function diagnoseSsh(end: SshEnd, gateway: Gateway): HotpassError {
  const text = end.lines.join('\n');
  for (const [pattern, make] of RULES) {
    const found = text.match(pattern);
    if (found !== null) return make(found, end, gateway);
  }
  const how = end.signal === null ? `ended with code ${end.exitCode}` : `was ended by ${end.signal}`;
  const last = end.lines.at(-1);
  return new HotpassError('ssh-failed', `ssh ${how}${last === undefined ? '' : `: ${last}`}`);
}

function hostKeyChanged(_: RegExpMatchArray, end: SshEnd, gateway: Gateway): HotpassError {
  const where = /Offending (\S+) key in (.+):(\d+)/.exec(end.lines.join('\n'));
  const place = where === null ? 'known_hosts' : `${where[2]}:${where[3]} (${where[1]})`;
  return new HotpassError('host-key-changed', `the host key of ${nameOf(gateway)} differs from ${place}`, {
    hint: 'ask who runs the bastion whether its key was changed; only then remove that line',
    details: where === null ? undefined : { file: where[2], line: Number(where[3]), keyType: where[1] },
  });
}

function hostKeyUnknown(_: RegExpMatchArray, __: SshEnd, gateway: Gateway): HotpassError {
  return new HotpassError(
    'host-key-unknown',
    `the host key of ${nameOf(gateway)} is in no known_hosts file`,
    {
      hint: `look at it once and accept it: ${manualLogin(gateway)}`,
    },
  );
}

function authHint(end: SshEnd, gateway: Gateway): string {
  const broken = end.lines.find((line) =>
    /UNPROTECTED PRIVATE KEY|bad permissions|invalid format/i.test(line),
  );
  if (broken !== undefined && gateway.identity !== undefined) return `chmod 600 ${gateway.identity}`;
  if (gateway.identity !== undefined)
    return `is it the right key and user? a passphrase: ssh-add ${gateway.identity}`;
  return `is the key loaded (ssh-add -l) and the user right (--ssh-user)? try: ${manualLogin(gateway)}`;
}

function manualLogin(gateway: Gateway): string {
  const parts = ['ssh'];
  if (gateway.configFile !== undefined) parts.push('-F', gateway.configFile);
  if (gateway.port !== undefined) parts.push('-p', String(gateway.port));
  if (gateway.jump.length > 0) parts.push('-J', gateway.jump.join(','));
  parts.push(gateway.user === undefined ? gateway.host : `${gateway.user}@${gateway.host}`);
  return parts.join(' ');
}

function nameOf(gateway: Gateway): string {
  return gateway.port === undefined ? gateway.host : `${gateway.host}:${gateway.port}`;
}

function asked(methods: string | undefined): string {
  return methods === undefined ? '' : ` (it takes ${methods})`;
}

function lower(text: string): string {
  return text.trim().replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

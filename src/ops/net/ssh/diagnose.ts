import { HotpassError } from '../../../errors.ts';
import type { Gateway } from '../plan.ts';
import { FORWARD_FAILURE } from './forward-failure.ts';
import { hostKeyChanged, hostKeyRevoked, hostKeyUnknown } from './host-key.ts';
import { loginRefused, tooManyKeys } from './login-refused.ts';
import { bastionName, endedOnTheWay, manualLogin, serverName, wayName } from './server-name.ts';

/** What a try to reach the bastion, or an open way that ended, left behind. */
export interface SshEnd {
  /** Lines of ssh's stderr, oldest first. */
  readonly lines: readonly string[];
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** True when ssh had logged in and opened the forwards of the session. */
  readonly wasOpen: boolean;
}

type Rule = readonly [RegExp, (text: string, gateway: Gateway, found: RegExpExecArray) => HotpassError];

/**
 * Texts of OpenSSH 7.x to 10.x, most telling first, each a whole line: a server's banner comes on stderr too and may
 * hold any words. They are not translated; ssh has no message catalogue.
 * Sources: sshconnect.c, sshconnect2.c, ssh.c, readconf.c, channels.c, packet.c of openssh-portable.
 */
const LOGIN_RULES: readonly Rule[] = [
  [/^@ +WARNING: REVOKED HOST KEY DETECTED! +@$/m, hostKeyRevoked],
  [/^@ +WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! +@$/m, hostKeyChanged],
  [/^No \S+ host key is known for |^Host key verification failed\./m, hostKeyUnknown],
  [/Too many authentication failures$/m, tooManyKeys],
  [/^\S+@\S+: Permission denied \(.*\)\.?$/m, loginRefused],
  [
    /^(?:.*[^:] line \d+: .*|.+: line \d+: Bad configuration option: .*|Bad owner or permissions on .+)$/m,
    config,
  ],
  [/^Can't open user config file .*$|^Missing argument\.|^unknown option -- .*$/m, config],
  [/Could not resolve hostname (\S+?):? /, noAddress],
  [/connect to host (\S+) port (\d+): (.+)$/m, notReached],
  [/^channel \d+: open failed: (.+)\nstdio forwarding failed$/m, notPassedOn],
  [/^Unable to negotiate with .*: no matching (.+?) found\. Their offer: (.+)$/m, nothingInCommon],
  [/^Connection timed out during banner exchange$/m, mute],
  [
    /^Protocol major versions differ|^banner exchange: .*: (?:invalid format|could not read)|^Bad packet length|^Bad remote protocol version/m,
    noSsh,
  ],
  [
    /^(?:kex_exchange_identification: (?:read: )?|ssh_exchange_identification: (?:read: )?)(.+)$/m,
    closedEarly,
  ],
  [/^Connection (closed|reset) by .+$/m, closedEarly],
  [FORWARD_FAILURE, noForward],
];

const OPEN_RULES: readonly Rule[] = [
  [
    /^Timeout, server (\S+) not responding\.?$/m,
    (_, gateway) =>
      new HotpassError('ssh-unreachable', `${bastionName(gateway)} went silent: no answer to keepalives`, {
        hint: 'is the network or the VPN still there?',
      }),
  ],
  [
    /^(?:Connection to \S+ (closed by remote host)|Connection (closed|reset) by .+|client_loop: send disconnect: (.+?)|Read from remote host \S+: (.+?)|Disconnected from .+)\.?$/m,
    (_, gateway, found) =>
      new HotpassError(
        'ssh-unreachable',
        `${bastionName(gateway)} ended the connection${because(found.slice(1).find(Boolean))}`,
        { hint: 'was the server or its sshd restarted?' },
      ),
  ],
  // Forwards of ssh_config come after our own: ssh may still end over one when ours are there.
  [FORWARD_FAILURE, noForward],
];

/** Turns the end of an ssh into one error: which link broke, and what to type next. Pure. */
export function diagnoseSsh(end: SshEnd, gateway: Gateway): HotpassError {
  const text = end.lines.join('\n');
  for (const [pattern, make] of end.wasOpen ? OPEN_RULES : LOGIN_RULES) {
    const found = pattern.exec(text);
    if (found !== null) return make(text, gateway, found);
  }
  const how = end.signal === null ? `ended with code ${end.exitCode}` : `was ended by ${end.signal}`;
  const last = end.lines.at(-1);
  return new HotpassError('ssh-failed', `ssh ${how}${last === undefined ? '' : `: ${last}`}`, {
    hint: `try by hand: ${manualLogin(gateway)}`,
  });
}

function config(_text: string, _gateway: Gateway, [line]: RegExpExecArray): HotpassError {
  const fromFlag = /^command-line:? line 0: /.test(line);
  return new HotpassError(
    'ssh-config-invalid',
    `ssh refuses ${fromFlag ? '--ssh-option' : 'its configuration'}: ${lower(line.replace(/^command-line:? line 0: /, ''))}`,
    {
      hint: fromFlag ? 'names and values: man ssh_config' : 'mend that file; another one: --ssh-config FILE',
    },
  );
}

function noAddress(text: string, gateway: Gateway, [, host]: RegExpExecArray): HotpassError {
  const via = endedOnTheWay(text) ? ` (on the way to ${bastionName(gateway)})` : '';
  return new HotpassError('ssh-unreachable', `${host} has no address${via}`, {
    hint: `is the VPN up, and is ${host} the right name? try: ${manualLogin(gateway)}`,
  });
}

function notReached(text: string, gateway: Gateway, found: RegExpExecArray): HotpassError {
  const [, host = '', port, why = ''] = found;
  const via = endedOnTheWay(text) ? ` (on the way to ${bastionName(gateway)})` : '';
  const bind = /^bind (\S+): (.+)$/m.exec(text);
  const reason = bind === null ? lower(why) : `BindAddress ${bind[1]}: ${lower(bind[2] ?? '')}`;
  const shown = host.includes(':') ? `[${host}]` : host;
  return new HotpassError('ssh-unreachable', `${shown}:${port} cannot be reached${via}: ${reason}`, {
    hint: 'is the VPN up, and does sshd listen there?',
  });
}

function notPassedOn(_text: string, gateway: Gateway, [, why = '']: RegExpExecArray): HotpassError {
  const reason = lower(why.replace(/^connect failed: /, '').replace(/: open failed$/, ''));
  return new HotpassError(
    'ssh-unreachable',
    `${bastionName(gateway)} cannot be reached from ${wayName(gateway)}: ${reason}`,
    {
      hint: `is it the right name, seen from there, and may that host forward? try: ${manualLogin(gateway)}`,
    },
  );
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  'key exchange method': 'KexAlgorithms',
  'host key type': 'HostKeyAlgorithms',
  cipher: 'Ciphers',
  MAC: 'MACs',
};

function nothingInCommon(text: string, gateway: Gateway, found: RegExpExecArray): HotpassError {
  const [, what = '', offer = ''] = found;
  const first = offer.split(',')[0];
  return new HotpassError('ssh-failed', `${serverName(text, gateway)} and this ssh share no ${what}`, {
    hint: `allow what it offers, if you trust it: --ssh-option ${ALGORITHMS[what] ?? 'Ciphers'}=+${first}`,
    details: { offer: offer.split(',') },
  });
}

function mute(text: string, gateway: Gateway): HotpassError {
  return new HotpassError(
    'ssh-unreachable',
    `${serverName(text, gateway)} takes the connection and stays silent: no greeting of an ssh server`,
    { hint: 'is that the port of sshd (--ssh-port), and is a firewall in between?' },
  );
}

function noSsh(text: string, gateway: Gateway): HotpassError {
  return new HotpassError(
    'ssh-unreachable',
    `what answers at ${serverName(text, gateway)} does not speak SSH 2`,
    { hint: 'is that the port of sshd (--ssh-port)?' },
  );
}

function closedEarly(text: string, gateway: Gateway, [, why = '']: RegExpExecArray): HotpassError {
  // What a ProxyCommand said of its own failure comes before ssh's own words.
  const said = text
    .split('\n')
    .find((line) => !/^(?:kex_|ssh_)exchange_identification|^Connection /.test(line));
  const reason = endedOnTheWay(text) && said !== undefined ? said : lower(why);
  return new HotpassError(
    'ssh-unreachable',
    `${serverName(text, gateway)} closed the connection before the login${because(reason)}`,
    { hint: 'does an ssh server listen on that port, and is this address allowed there?' },
  );
}

function noForward(_text: string, _gateway: Gateway, [line]: RegExpExecArray): HotpassError {
  return new HotpassError('forward-refused', `ssh could not set up a forward: ${lower(line)}`, {
    hint: 'a LocalForward or RemoteForward in ssh_config is opened too; leave it out: --ssh-config FILE',
  });
}

function because(reason: string | undefined): string {
  return reason === undefined ||
    /^(?:closed|connection closed by remote host|closed by remote host)$/.test(reason)
    ? ''
    : `: ${reason}`;
}

function lower(text: string): string {
  return text
    .trim()
    .replace(/\.$/, '')
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

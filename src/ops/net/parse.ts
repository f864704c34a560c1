import { namePattern } from '../../config/patterns.ts';
import { HotpassError } from '../../errors.ts';

/** A forward as the command line names it. */
export interface ForwardText {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly localPort?: number;
}

/** A forward to the cluster, wherever its endpoint is. */
export interface EndpointText {
  readonly name: string;
  readonly localPort: number | undefined;
}

const NAME = new RegExp(namePattern);
const HOST = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9_.])?$/;
const IPV6 = /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9._-]+)?$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/;

/** Checks a label or target name. Throws `label-invalid`. */
export function parseLabel(text: string, what: 'label' | 'target' = 'label'): string {
  if (NAME.test(text)) return text;
  throw new HotpassError('label-invalid', `${what} ${quoted(text)} is not a name`, {
    hint: 'letters, digits, ".", "_" and "-", at most 63, starting with a letter or digit',
  });
}

/** Checks a host name or address; `what` names it in the message. Throws `host-invalid`. */
export function parseHost(text: string, what = 'host'): string {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (HOST.test(bare) || IPV6.test(bare)) return bare;
  throw new HotpassError('host-invalid', `${what} ${quoted(text)} is not a host name or address`, {
    hint: 'for example bastion.staging.internal, 10.0.0.7 or ::1',
  });
}

/** Checks a login name. Throws `host-invalid`. */
export function parseUser(text: string): string {
  if (USER.test(text)) return text;
  throw new HotpassError('host-invalid', `user ${quoted(text)} is not a login name`, {
    hint: 'for example --ssh-user ec2-user',
  });
}

/** Checks a port. Throws `port-invalid`. */
export function parsePort(value: string | number, what = 'port'): number {
  const port = typeof value === 'number' ? value : /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new HotpassError('port-invalid', `${what} ${quoted(String(value))} is not a port`, {
    hint: 'a whole number from 1 to 65535',
  });
}

/** Checks a jump host, `[user@]host[:port]`. Throws `host-invalid` or `port-invalid`. */
export function parseJump(text: string): string {
  const at = text.lastIndexOf('@');
  const user = at < 0 ? '' : `${parseUser(text.slice(0, at))}@`;
  const { host, port } = splitPort(text.slice(at + 1));
  const checked = parseHost(host, 'jump host');
  const shown = checked.includes(':') ? `[${checked}]` : checked;
  return `${user}${shown}${port === undefined ? '' : `:${parsePort(port, 'port of the jump host')}`}`;
}

/** Reads `NAME=[LOCAL:]HOST:PORT`; an IPv6 host stands in brackets. Throws `forward-invalid` and its parts' codes. */
export function parseForward(text: string): ForwardText {
  const [, name = '', rest = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!NAME.test(name)) throw malformed(text);
  const [, local, host, port] = /^(?:([^:[\]]*):)?(\[[^\]]*\]|[^:[\]]*):([^:[\]]*)$/s.exec(rest) ?? [];
  if (host === undefined || port === undefined) throw malformed(text);
  return {
    name,
    host: parseHost(host, `host of forward ${name}`),
    port: parsePort(port, `port of forward ${name}`),
    ...(local === undefined ? {} : { localPort: parsePort(local, `local port of forward ${name}`) }),
  };
}

/** Reads `eks` or `eks=LOCAL`, a forward that leads to the cluster; undefined for any other. Throws `port-invalid`. */
export function parseEndpoint(text: string): EndpointText | undefined {
  const [, local, isOne] = /^eks(?:=(\d+))?()$/.exec(text) ?? [];
  if (isOne === undefined) return undefined;
  return {
    name: 'eks',
    localPort: local === undefined ? undefined : parsePort(local, 'local port of forward eks'),
  };
}

/** Reads an ssh option, `Name=value` or `Name value`. Throws `ssh-option-reserved` or `usage`. */
export function parseSshOption(text: string, reserved: ReadonlySet<string>): string {
  const [, name, value] = /^([A-Za-z][A-Za-z0-9]*)[ \t]*[= \t][ \t]*(\S.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined || /[\u0000-\u001f\u007f]/.test(text)) {
    throw new HotpassError('usage', `ssh option ${quoted(text)} is not Name=value`, {
      hint: 'for example --ssh-option Compression=yes',
    });
  }
  if (reserved.has(name.toLowerCase())) {
    throw new HotpassError('ssh-option-reserved', `${name} is set by hotpass and cannot be changed`, {
      hint: /forward$/i.test(name) ? 'forwards are given by --forward' : `leave out ${name}`,
    });
  }
  return `${name}=${value}`;
}

function splitPort(text: string): { host: string; port: string | undefined } {
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::([^:]*))?$/s.exec(text) ?? [];
  return host === undefined ? { host: text, port: undefined } : { host, port };
}

function malformed(text: string): HotpassError {
  return new HotpassError('forward-invalid', `forward ${quoted(text)} is not NAME=[LOCAL:]HOST:PORT`, {
    hint: 'for example --forward prefect=prefect.staging.internal:4200, --forward db=15432:db.internal:5432 or --forward eks',
  });
}

/** Quotes a wrong value so that it stays on one line and within reason. */
function quoted(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length > 80 ? `${shown.slice(0, 76)}…" (${text.length} characters)` : shown;
}

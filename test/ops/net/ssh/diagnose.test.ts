import { describe, expect, it } from 'vitest';
import type { Gateway } from '../../../../src/ops/net/plan.ts';
import { diagnoseSsh } from '../../../../src/ops/net/ssh/diagnose.ts';
import { said, saidAtTheEnd } from './said.ts';

const bastion: Gateway = { host: 'bastion', jump: [], options: [] };

/** One line of what an operator reads: message, code and hint. */
function tell(text: string, gateway: Partial<Gateway> = {}, wasOpen = false): string {
  const end = { lines: text.split('\n').filter(Boolean), exitCode: 255, signal: null, wasOpen };
  const { message, code, hint } = diagnoseSsh(end, { ...bastion, ...gateway });
  return `${message}  [${code}]  ${hint}`;
}

describe('the end of a login', () => {
  it('is told in words that name the link that broke', () => {
    const told = Object.entries(said)
      .filter(([name]) => !name.includes('jump host'))
      .map(([name, text]) => `${name}: ${tell(text)}`);
    expect(told.join('\n')).toMatchInlineSnapshot(`
      "key refused: bastion does not accept the login of op (it takes publickey)  [ssh-auth-failed]  is the key loaded (ssh-add -l) and the user right (--ssh-user)? try: ssh bastion
      key open to others: key /home/op/my key can be read by others (mode 0644), so ssh does not use it  [ssh-auth-failed]  chmod 600 '/home/op/my key'
      public key named: /home/op/key.pub is a public key, and the private one is needed  [ssh-auth-failed]  --identity /home/op/key
      no key at all: ssh cannot use key /home/op/key: error in libcrypto  [ssh-auth-failed]  name a private key that ssh-keygen made: --identity FILE
      too many keys: bastion refused the login after too many keys  [ssh-auth-failed]  name the one that it takes: --identity FILE
      host key unknown: the host key of bastion is in no known_hosts file  [host-key-unknown]  compare and accept it once by hand: ssh bastion
      host key changed: the host key of bastion differs from /home/op/.ssh/known_hosts:2 (ED25519); it shows SHA256:YG41DXNyn4lkkAVjTwuLmca6hZTIqVQAuV+Jc0pIPOI  [host-key-changed]  ask who runs that server whether its key was changed; only then remove that line
      host key changed, checking switched off: the host key of bastion differs from /home/op/.ssh/known_hosts:2 (ED25519); it shows SHA256:YG41DXNyn4lkkAVjTwuLmca6hZTIqVQAuV+Jc0pIPOI  [host-key-changed]  ask who runs that server whether its key was changed; only then remove that line
      host key revoked: the host key of bastion is marked as revoked in known_hosts  [host-key-revoked]  do not log in there; ask who runs that server for its new key
      no address: bastion.internal has no address  [ssh-unreachable]  is the VPN up, and is bastion.internal the right name? try: ssh bastion
      refused: 10.0.0.7:2222 cannot be reached: connection refused  [ssh-unreachable]  is the VPN up, and does sshd listen there?
      bind address not ours: 10.0.0.7:2222 cannot be reached: BindAddress 192.0.2.1: cannot assign requested address  [ssh-unreachable]  is the VPN up, and does sshd listen there?
      closed at once: bastion closed the connection before the login  [ssh-unreachable]  does an ssh server listen on that port, and is this address allowed there?
      reset at once: bastion closed the connection before the login: connection reset by peer  [ssh-unreachable]  does an ssh server listen on that port, and is this address allowed there?
      closed during the key exchange: bastion closed the connection before the login  [ssh-unreachable]  does an ssh server listen on that port, and is this address allowed there?
      silent server: bastion takes the connection and stays silent: no greeting of an ssh server  [ssh-unreachable]  is that the port of sshd (--ssh-port), and is a firewall in between?
      SSH 1: what answers at bastion does not speak SSH 2  [ssh-unreachable]  is that the port of sshd (--ssh-port)?
      endless greeting: what answers at bastion does not speak SSH 2  [ssh-unreachable]  is that the port of sshd (--ssh-port)?
      garbage after the greeting: what answers at bastion does not speak SSH 2  [ssh-unreachable]  is that the port of sshd (--ssh-port)?
      nothing in common: bastion and this ssh share no host key type  [ssh-failed]  allow what it offers, if you trust it: --ssh-option HostKeyAlgorithms=+ssh-rsa
      broken ProxyCommand: what leads to bastion (ProxyJump or ProxyCommand) closed the connection before the login: /bin/bash: line 1: /nonexistent/x: No such file or directory  [ssh-unreachable]  does an ssh server listen on that port, and is this address allowed there?
      mute ProxyCommand: what leads to bastion (ProxyJump or ProxyCommand) closed the connection before the login  [ssh-unreachable]  does an ssh server listen on that port, and is this address allowed there?
      unknown option: ssh refuses --ssh-option: bad configuration option: frobnicate  [ssh-config-invalid]  names and values: man ssh_config
      wrong value of an option: ssh refuses --ssh-option: unsupported option "maybe"  [ssh-config-invalid]  names and values: man ssh_config
      unknown option in a file: ssh refuses its configuration: /etc/x y/ssh_config: line 2: Bad configuration option: frobnicate  [ssh-config-invalid]  mend that file; another one: --ssh-config FILE
      wrong value in a file: ssh refuses its configuration: /home/op/ssh_config line 3: Bad port 'abc'  [ssh-config-invalid]  mend that file; another one: --ssh-config FILE
      inherited forward busy: ssh could not set up a forward: bind [127.0.0.1]:42475: Address already in use  [forward-refused]  a LocalForward or RemoteForward in ssh_config is opened too; leave it out: --ssh-config FILE
      banner that talks of refusals: bastion does not accept the login of op (it takes publickey,password)  [ssh-auth-failed]  is the key loaded (ssh-add -l) and the user right (--ssh-user)? try: ssh bastion"
    `);
  });

  it('is told of the jump host when it was the one that refused', () => {
    const told = Object.entries(said)
      .filter(([name]) => name.includes('jump host'))
      .map(([name, text]) => `${name}: ${tell(text, { jump: ['op@near:2200'] })}`);
    expect(told.join('\n')).toMatchInlineSnapshot(`
      "key refused by a jump host: jump host op@near:2200 does not accept the login of op (it takes publickey)  [ssh-auth-failed]  keys of a jump host stand in ssh_config; try: ssh -J op@near:2200 bastion
      host key of a jump host unknown: the host key of jump host op@near:2200 is in no known_hosts file  [host-key-unknown]  compare and accept it once by hand: ssh -J op@near:2200 bastion
      host key of a jump host changed: the host key of jump host op@near:2200 differs from /home/op/.ssh/known_hosts:2 (ED25519); it shows SHA256:YG41DXNyn4lkkAVjTwuLmca6hZTIqVQAuV+Jc0pIPOI  [host-key-changed]  ask who runs that server whether its key was changed; only then remove that line
      no address of a jump host: near.internal has no address (on the way to bastion)  [ssh-unreachable]  is the VPN up, and is near.internal the right name? try: ssh -J op@near:2200 bastion
      refused by a jump host: 10.0.0.1:22 cannot be reached (on the way to bastion): connection refused  [ssh-unreachable]  is the VPN up, and does sshd listen there?
      refused behind a jump host: bastion cannot be reached from jump host op@near:2200: connection refused  [ssh-unreachable]  is it the right name, seen from there, and may that host forward? try: ssh -J op@near:2200 bastion
      not allowed by a jump host: bastion cannot be reached from jump host op@near:2200: administratively prohibited  [ssh-unreachable]  is it the right name, seen from there, and may that host forward? try: ssh -J op@near:2200 bastion"
    `);
  });

  it('names a jump host of ssh_config for what it is, and several by all their names', () => {
    const text = said['key refused by a jump host'];
    expect(tell(text)).toContain('what leads to bastion (ProxyJump or ProxyCommand) does not accept');
    expect(tell(text, { jump: ['near', 'far'] })).toContain('a jump host (near, far) does not accept');
  });

  it('is told with the port, in brackets behind an IPv6 address', () => {
    expect(tell(said['closed at once'], { port: 2222 })).toContain('bastion:2222 closed the connection');
    expect(tell(said['closed at once'], { host: '::1', port: 22 })).toContain('[::1]:22 closed');
  });

  it('never says that a revoked or changed key is only unknown', () => {
    for (const name of ['host key revoked', 'host key changed'] as const) {
      expect(tell(said[name])).not.toMatch(/no known_hosts|accept it/);
    }
  });

  it('gives file, line and fingerprint of a changed host key as data', () => {
    const end = { lines: said['host key changed'].split('\n'), exitCode: 255, signal: null, wasOpen: false };
    expect(diagnoseSsh(end, bastion).details).toEqual({
      file: '/home/op/.ssh/known_hosts',
      line: 2,
      keyType: 'ED25519',
      fingerprint: 'SHA256:YG41DXNyn4lkkAVjTwuLmca6hZTIqVQAuV+Jc0pIPOI',
    });
  });

  it('gives a login by hand that a shell reads back, with everything that leads to the same server', () => {
    const gateway = {
      user: 'op',
      port: 2222,
      identity: '/home/op/my key',
      jump: ['near', 'far'],
      options: ['HostKeyAlias=b', 'SetEnv=SECRET=1'],
      configFile: "/home/o'p/conf",
    };
    expect(tell(said['host key unknown'], gateway)).toContain(
      `ssh -F '/home/o'\\''p/conf' -p 2222 -i '/home/op/my key' -J near,far -o HostKeyAlias=b -l op bastion`,
    );
    expect(tell(said['host key unknown'], gateway)).not.toContain('SECRET');
  });

  it('asks for the passphrase of the key that was named', () => {
    expect(tell(said['key refused'], { identity: '/home/op/my key' })).toContain(
      `if it has a passphrase: ssh-add '/home/op/my key'`,
    );
  });

  it('is told by code or signal when ssh said nothing', () => {
    const end = { lines: [], exitCode: 3, signal: null, wasOpen: false };
    expect(diagnoseSsh(end, bastion)).toMatchObject({ code: 'ssh-failed', message: 'ssh ended with code 3' });
    expect(diagnoseSsh({ ...end, exitCode: null, signal: 'SIGKILL' }, bastion).message).toBe(
      'ssh was ended by SIGKILL',
    );
  });
});

describe('the end of an open way', () => {
  it('is told as a forward of ssh_config that was not to be had, which ssh tries after ours', () => {
    expect(tell(said['inherited forward busy'], {}, true)).toContain('[forward-refused]');
  });

  it('has nothing to do with what ssh said at the login', () => {
    const lines = `${said['key open to others']}\n${saidAtTheEnd['far side silent']}`;
    expect(tell(lines, {}, true)).toContain('went silent');
  });

  it('is told in words that do not speak of the login', () => {
    const told = Object.entries(saidAtTheEnd).map(([name, text]) => `${name}: ${tell(text, {}, true)}`);
    expect(told.join('\n')).toMatchInlineSnapshot(`
      "far side silent: bastion went silent: no answer to keepalives  [ssh-unreachable]  is the network or the VPN still there?
      session ended by the server: bastion ended the connection  [ssh-unreachable]  was the server or its sshd restarted?
      connection reset: bastion ended the connection: Broken pipe  [ssh-unreachable]  was the server or its sshd restarted?
      a refused channel, then reset: bastion ended the connection: Connection reset by peer  [ssh-unreachable]  was the server or its sshd restarted?"
    `);
  });
});

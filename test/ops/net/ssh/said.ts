/** What OpenSSH 9.2 really said in each of these failures, run as hotpass runs it; only names and paths were changed. */
const BANG = '@'.repeat(59);
const CHANGED = `${BANG}
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
${BANG}
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
SHA256:YG41DXNyn4lkkAVjTwuLmca6hZTIqVQAuV+Jc0pIPOI.
Please contact your system administrator.
Add correct host key in /home/op/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /home/op/.ssh/known_hosts:2
  remove with:
  ssh-keygen -f "/home/op/.ssh/known_hosts" -R "[10.0.0.7]:2222"`;
const STRICT = `Host key for [10.0.0.7]:2222 has changed and you have requested strict checking.
Host key verification failed.`;
const ON_THE_WAY = `kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`;
const open = (file: string) => `${BANG}
@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @
${BANG}
Permissions 0644 for '${file}' are too open.
It is required that your private key files are NOT accessible by others.
This private key will be ignored.
Load key "${file}": bad permissions
op@10.0.0.7: Permission denied (publickey).`;

export const said = {
  'key refused': 'op@10.0.0.7: Permission denied (publickey).',
  'key refused by a jump host': `op@10.0.0.1: Permission denied (publickey).\n${ON_THE_WAY}`,
  'key open to others': open('/home/op/my key'),
  'public key named': open('/home/op/key.pub'),
  'no key at all': `Load key "/home/op/key": error in libcrypto\nop@10.0.0.7: Permission denied (publickey).`,
  'too many keys': `Received disconnect from 10.0.0.7 port 2222:2: Too many authentication failures
Disconnected from 10.0.0.7 port 2222`,
  'host key unknown': 'Host key verification failed.',
  'host key of a jump host unknown': `Host key verification failed.\n${ON_THE_WAY}`,
  'host key changed': `${CHANGED}\n${STRICT}`,
  'host key of a jump host changed': `${CHANGED}\n${STRICT}\n${ON_THE_WAY}`,
  'host key changed, checking switched off': `${CHANGED}
Password authentication is disabled to avoid man-in-the-middle attacks.
Keyboard-interactive authentication is disabled to avoid man-in-the-middle attacks.
Error: forwarding disabled due to host key check failure`,
  'host key revoked': `${BANG}
@       WARNING: REVOKED HOST KEY DETECTED!               @
${BANG}
The ED25519 host key for [10.0.0.7]:2222 is marked as revoked.
This could mean that a stolen key is being used to
impersonate this host.
ED25519 host key for [10.0.0.7]:2222 was revoked and you have requested strict checking.
Host key verification failed.`,
  'no address': 'ssh: Could not resolve hostname bastion.internal: Name or service not known',
  'no address of a jump host': `ssh: Could not resolve hostname near.internal: Name or service not known\n${ON_THE_WAY}`,
  refused: 'ssh: connect to host 10.0.0.7 port 2222: Connection refused',
  'refused by a jump host': `ssh: connect to host 10.0.0.1 port 22: Connection refused\n${ON_THE_WAY}`,
  'refused behind a jump host': `channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed\n${ON_THE_WAY}`,
  'not allowed by a jump host': `channel 0: open failed: administratively prohibited: open failed\nstdio forwarding failed\n${ON_THE_WAY}`,
  'bind address not ours': `bind 192.0.2.1: Cannot assign requested address
ssh: connect to host 10.0.0.7 port 2222: failure`,
  'closed at once': `kex_exchange_identification: Connection closed by remote host
Connection closed by 10.0.0.7 port 2222`,
  'reset at once': `kex_exchange_identification: read: Connection reset by peer
Connection reset by 10.0.0.7 port 2222`,
  'closed during the key exchange': 'Connection closed by 10.0.0.7 port 2222',
  'silent server': `Connection timed out during banner exchange\nConnection to 10.0.0.7 port 2222 timed out`,
  'SSH 1': `Protocol major versions differ: 2 vs. 1
banner exchange: Connection to 10.0.0.7 port 2222: could not read protocol version`,
  'endless greeting': `kex_exchange_identification: No SSH version received in first 1024 lines from server
banner exchange: Connection to 10.0.0.7 port 2222: invalid format`,
  'garbage after the greeting': `Bad packet length 2021161080.
ssh_dispatch_run_fatal: Connection to 10.0.0.7 port 2222: message authentication code incorrect`,
  'nothing in common':
    'Unable to negotiate with 10.0.0.7 port 2222: no matching host key type found. Their offer: ssh-rsa,ssh-dss',
  'broken ProxyCommand': `/bin/bash: line 1: /nonexistent/x: No such file or directory\n${ON_THE_WAY}`,
  'mute ProxyCommand': ON_THE_WAY,
  'unknown option': 'command-line: line 0: Bad configuration option: frobnicate',
  'wrong value of an option': 'command-line line 0: unsupported option "maybe".',
  'unknown option in a file': `/etc/x y/ssh_config: line 2: Bad configuration option: frobnicate
/etc/x y/ssh_config: terminating, 1 bad configuration options`,
  'wrong value in a file': `/home/op/ssh_config line 3: Bad port 'abc'.
/home/op/ssh_config: terminating, 1 bad configuration options`,
  'inherited forward busy': `bind [127.0.0.1]:42475: Address already in use
channel_setup_fwd_listener_tcpip: cannot listen to port: 42475
Could not request local forwarding.`,
  'banner that talks of refusals': `*** Permission denied to strangers. Connection refused otherwise. ***
op@10.0.0.7: Permission denied (publickey,password).`,
} as const;

/** What it said when a way that was open ended. */
export const saidAtTheEnd = {
  'far side silent': 'Timeout, server 10.0.0.7 not responding.',
  'session ended by the server': 'Connection to 10.0.0.7 closed by remote host.',
  'connection reset': `client_loop: send disconnect: Broken pipe`,
  'a refused channel, then reset': `channel 3: open failed: connect failed: Connection refused
Read from remote host 10.0.0.7: Connection reset by peer
client_loop: send disconnect: Broken pipe`,
} as const;

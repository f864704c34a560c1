/**
 * Reads why the far side did not open a connection, from a line of ssh; undefined for any other line. ssh does not say
 * which forward it was. Source: channel_input_open_failure in channels.c of openssh-portable.
 */
export function readRefusal(line: string): string | undefined {
  const [, why] = /^channel \d+: open failed: (.+?)\.?$/.exec(line) ?? [];
  if (why === undefined) return undefined;
  if (why.startsWith('administratively prohibited')) {
    return 'the bastion forbids it (AllowTcpForwarding or PermitOpen of its sshd)';
  }
  const [, reason] = /^connect failed: (.+)$/.exec(why) ?? [];
  return reason === undefined ? why : `seen from the bastion: ${reason.toLowerCase()}`;
}

/** A line in which ssh says that it could not set up a forward. Sources: channels.c, misc.c, ssh.c of openssh-portable. */
export const FORWARD_FAILURE =
  /^.*(?:[Aa]ddress already in use|cannot listen to port|Could not request (?:local|remote)|remote port forwarding failed).*$|^(?:unix_listener|Error: forwarding disabled|.*path .*too long).*$/m;

/** Tells whether an ssh that goes on without a forward says so of ours, whose sockets are in `place`. */
export function isWithoutOurs(line: string, place: string): boolean {
  return (
    line.startsWith('Port forwarding is disabled to avoid ') ||
    (line.startsWith('unix_listener: ') && line.includes(place))
  );
}

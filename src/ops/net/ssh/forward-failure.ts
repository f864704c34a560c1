/** A line in which ssh says that it could not set up a forward. Sources: channels.c, misc.c, ssh.c of openssh-portable. */
export const FORWARD_FAILURE =
  /^.*(?:[Aa]ddress already in use|cannot listen to port|Could not request (?:local|remote)|remote port forwarding failed).*$|^(?:unix_listener|Error: forwarding disabled|.*path .*too long).*$/m;

import type { SessionWish } from './session.ts';
import { isNewer } from './version.ts';

/** Tells what the agent knows of the forward; agents before 3.1.1188 do not know of other hosts. */
export function propertiesOf(
  { document, parameters }: SessionWish,
  agentVersion: string,
): Record<string, string> {
  const portNumber = parameters.portNumber?.[0] ?? '80';
  if (document === 'AWS-StartSSHSession') return { portNumber };
  const common = {
    portNumber,
    localPortNumber: parameters.localPortNumber?.[0] ?? '0',
    type: 'LocalPortForwarding',
  };
  const host = parameters.host?.[0];
  return host === undefined || !knowsHosts(agentVersion) ? common : { ...common, host };
}

/** agent/RELEASENOTES: 3.1.1188.0 brought the document that names one. */
function knowsHosts(version: string): boolean {
  return !isNewer('3.1.1188.0', version);
}

import { platform } from 'node:os';
import { printable } from '../../../printable.ts';
import type { SessionDescription } from '../session.ts';

/** Names who holds a port, as far as the system tells this user; never says that a port is free. */
export async function describePortHolder(port: number, live: readonly SessionDescription[]): Promise<string> {
  const session = describeSessionOn(port, live);
  if (session !== undefined) return session;
  const { default: findProcess } = await import('find-process');
  // It runs ss, lsof or netstat; which of them is there, and what they show to this user, differs.
  const found = await findProcess('port', port).catch(() => []);
  const [holder] = found;
  if (holder === undefined) return 'a program that the system does not name to this user';
  const airplay = platform() === 'darwin' && /ControlCe/.test(holder.name) ? ' (AirPlay receiver)' : '';
  return printable(`${holder.name}${airplay}, pid ${holder.pid}`);
}

/** Names the session of ours that holds a port; undefined when none does. */
export function describeSessionOn(port: number, live: readonly SessionDescription[]): string | undefined {
  for (const { plan, project, pid } of live) {
    const forward = plan.forwards.find(({ localPort }) => localPort === port);
    if (forward !== undefined) {
      return `hotpass session ${plan.label} (target ${plan.target}, forward ${forward.name}) of ${project}, pid ${pid}`;
    }
  }
  return undefined;
}

import { HotpassError } from '../../errors.ts';
import { type Owner, readOwner } from '../../state/owner.ts';
import type { System } from '../../system.ts';

/** Says who this process is, so that nobody takes another one for it. Throws `supervisor-failed`. */
export async function ownIdentity(sys: System): Promise<Owner> {
  const owner = await readOwner(sys, sys.pid);
  if (owner !== undefined) return owner;
  throw new HotpassError('supervisor-failed', 'this system does not tell when a process was started', {
    hint: 'is /proc mounted, and is ps installed?',
  });
}

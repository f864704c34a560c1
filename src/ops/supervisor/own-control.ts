import { access } from 'node:fs/promises';
import { ensurePrivateDir } from '../../state/user-dirs.ts';
import type { ControlServer } from './control.ts';
import type { OwnThing } from './own-things.ts';

interface OwnControl {
  /** Undefined as long as it is not served for the first time. */
  readonly control: () => ControlServer | undefined;
  readonly socket: string;
  /** The folder of all sockets of this user. */
  readonly runtime: string;
  readonly uid: number;
  readonly log: (text: string) => void;
}

/** Looks after a control socket: a logout or a cleaner of temporary folders takes it, and nobody could ask or stop us. */
export function ownControl({ control, socket, runtime, uid, log }: OwnControl): OwnThing {
  return {
    name: 'control socket',
    async keep() {
      const server = control();
      if (server === undefined || (await exists(socket))) return undefined;
      await ensurePrivateDir(runtime, uid);
      await server.renew();
      log('the control socket was removed; serving it again');
      return undefined;
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

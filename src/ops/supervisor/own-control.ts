import { existsSync, watch } from 'node:fs';
import { ensurePrivateDir } from '../../state/user-dirs.ts';
import type { System } from '../../system.ts';
import type { ControlServer } from './control.ts';
import type { OwnThing } from './own-things.ts';

interface OwnControl {
  /** Undefined as long as it is not served for the first time. */
  readonly control: () => ControlServer | undefined;
  readonly socket: string;
  /** The folder of all sockets of this user. */
  readonly runtime: string;
  readonly log: (text: string) => void;
  /** Told when it should be looked at before its time. */
  readonly onChange: () => void;
  /** Aborted when nobody looks any more. */
  readonly over: AbortSignal;
}

/** Who removes a folder with all that is in it shall not find something new there before the end. */
const SETTLE_MS = 200;

/** Looks after a control socket: a logout or a cleaner of temporary folders takes it, and nobody could ask or stop us. */
export function ownControl(sys: Pick<System, 'sleep' | 'uid'>, own: OwnControl): OwnThing {
  const { control, socket, runtime, over } = own;
  let isWatched = false;
  let isSettling = false;
  const noteChange = async () => {
    if (isSettling) return;
    isSettling = true;
    await sys.sleep(SETTLE_MS, over);
    isSettling = false;
    own.onChange();
  };
  const watchFolder = () => {
    if (isWatched || over.aborted) return;
    try {
      const watcher = watch(runtime, { persistent: false, signal: over }, (_event, name) => {
        // Of a folder that is gone itself nothing more is heard.
        if (name === null || !socket.endsWith(`/${name}`)) forget();
        void noteChange();
      });
      const forget = () => {
        isWatched = false;
        watcher.close();
      };
      watcher.on('error', forget);
      isWatched = true;
    } catch {
      // The system watches no more folders for this user: what is gone is seen at the next look.
    }
  };
  return {
    name: 'control socket',
    async keep() {
      const server = control();
      if (server === undefined) return undefined;
      if (!existsSync(socket)) {
        await ensurePrivateDir(runtime, sys.uid);
        await server.renew();
        own.log('the control socket was removed; serving it again');
      }
      watchFolder();
      return undefined;
    },
  };
}

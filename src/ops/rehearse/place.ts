import { basename, dirname, isAbsolute, join } from 'node:path';
import { userDirs } from '../../state/user-dirs.ts';
import type { System } from '../../system.ts';

/** Variable by which a shell that was given a rehearsal's environment finds that rehearsal again. */
export const REHEARSAL_VARIABLE = 'HOTPASS_REHEARSAL';

/** Where a rehearsal keeps what is its own, and nothing of it is anywhere else. */
export interface RehearsalPlace {
  readonly folder: string;
  /** Whoever holds it is the rehearsal. */
  readonly socket: string;
  readonly lock: string;
  readonly log: string;
  /** State folder of the sessions that go into the rehearsal. */
  readonly state: string;
}

const NAME = 'hotpass-rehearsal';

type PlaceSystem = Pick<System, 'env' | 'home' | 'uid' | 'platform'>;

/** Paths of sockets in it hold an id and more; see `state/user-dirs.ts`. */
const FOLDER_MAX_BYTES = 52;

/** Finds the place of this user's rehearsal: the one that the environment names, else beside the runtime folder. */
export function rehearsalPlace(sys: PlaceSystem): RehearsalPlace {
  const named = sys.env[REHEARSAL_VARIABLE];
  const folder = named !== undefined && isAbsolute(named) && isNamedAsOurs(named) ? named : ownFolder(sys);
  return {
    folder,
    socket: join(folder, 'rehearsal.sock'),
    lock: join(folder, 'lock'),
    log: join(folder, 'rehearsal.log'),
    state: join(folder, 'state'),
  };
}

/** The folder is removed with all that is in it: no variable may make that a home folder or a project. */
function isNamedAsOurs(folder: string): boolean {
  return basename(folder).startsWith(NAME);
}

function ownFolder(sys: PlaceSystem): string {
  const name = `${NAME}${sys.uid < 0 ? '' : `-${sys.uid}`}`;
  const beside = join(dirname(userDirs(sys).runtime), name);
  return Buffer.byteLength(beside) <= FOLDER_MAX_BYTES ? beside : join('/tmp', name);
}

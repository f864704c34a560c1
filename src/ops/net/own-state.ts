import { stat } from 'node:fs/promises';
import { HotpassError, messageOf } from '../../errors.ts';
import { shellWord } from '../../shell-words.ts';
import { addSession, type NetState, netStore, type Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import type { Log } from '../supervisor/log.ts';
import type { OwnThing } from '../supervisor/own-things.ts';
import type { StatePlace } from '../supervisor/state-place.ts';

/** What a session keeps in its project. */
export interface OwnState {
  readonly things: readonly OwnThing[];
  /** Takes the session's record from what was just written or read. */
  remember(net: NetState): void;
}

interface CreateOwnState {
  readonly id: string;
  /** Absolute state folder of the project. */
  readonly project: string;
  readonly place: StatePlace;
  readonly log: Log;
}

/**
 * Looks after what a session keeps in its project: its record, written again when it was lost, and its log. The
 * session is found by its socket meanwhile, so nothing hurries.
 */
export function createOwnState(sys: System, create: CreateOwnState): OwnState {
  const { id, project, place, log } = create;
  let record: Session | undefined;
  const remember = ({ sessions }: NetState) => {
    const found = sessions.find((session) => session.id === id);
    // Mounted again, perhaps: a device need not have the number that it had.
    if (found !== undefined) place.trust();
    record = found ?? record;
    return found !== undefined;
  };
  const keepRecord = async () => {
    // Asked first without stopping everything: a network disk may hang for minutes.
    await stat(project).catch(() => undefined);
    if (remember(await netStore.read(project)) || record === undefined) return undefined;
    if (place.look() === 'lost') {
      return `the state folder is gone, or another one is there; mount or restore ${shellWord(project)}`;
    }
    const { label } = record;
    const lost = record;
    try {
      await netStore.update(sys, project, (net) => addSession(net, lost));
    } catch (error) {
      if (!(error instanceof HotpassError)) throw error;
      if (error.code === 'label-in-use') {
        return `another session has the label ${label} now; hotpass net down --all ends both`;
      }
      return `the record of this session is gone: ${messageOf(error)}; ${error.hint ?? `see: ls -ld ${shellWord(project)}`}`;
    }
    log.write('the record was gone; it is written again');
    return undefined;
  };
  return {
    things: [
      { name: 'record', keep: keepRecord },
      {
        name: 'log',
        // Of a state folder that is lost the record tells.
        keep: async () => (place.look() === 'lost' ? undefined : log.check()),
      },
    ],
    remember: (net) => void remember(net),
  };
}

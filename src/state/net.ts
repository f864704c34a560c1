import type { FromSchema } from 'json-schema-to-ts';
import { HotpassError } from '../errors.ts';
import { validate } from '../generated/net.js';
import type { Problem } from './damage.ts';
import type { LockSystem } from './lock.ts';
import type { netSchema } from './net-schema.ts';
import { defineStore, type Store } from './store.ts';

/** The sessions of a project, as `net.json` holds them. */
export type NetState = FromSchema<typeof netSchema>;

/** The record of one session: what its background process holds, and how to find and prove it. */
export type Session = NetState['sessions'][number];

/** The store of `net.json`; the file is removed with the last session. */
export const netStore: Store<NetState> = defineStore({
  file: 'net.json',
  validate,
  empty: { version: 1, sessions: [] },
  isEmpty: (state: NetState) => state.sessions.length === 0,
  check: findTwin,
  inProject: true,
  meanwhile: '`hotpass net down --all` still finds what runs',
});

/** Adds a session; throws `label-in-use` when another one has its label. */
export function addSession(state: NetState, session: Session): NetState {
  if (findSession(state, session.label) !== undefined) {
    throw new HotpassError('label-in-use', `label "${session.label}" is in use`, {
      hint: `hotpass net down ${session.label}`,
    });
  }
  return { ...state, sessions: [...state.sessions, session] };
}

/**
 * Drops the record of a session, or puts `instead` in its place; where there is none, no folder is made to write that
 * down. Throws as the store does.
 */
export async function dropSession(
  sys: LockSystem,
  folder: string,
  id: string,
  instead?: Session,
): Promise<void> {
  const { sessions } = await netStore.read(folder);
  if (!sessions.some((session) => session.id === id)) return;
  await netStore.update(sys, folder, (state) => {
    const rest = removeSession(state, id);
    const isFree = instead !== undefined && findSession(rest, instead.label) === undefined;
    return isFree ? addSession(rest, instead) : rest;
  });
}

/** Removes a session by its id, if it is there. */
export function removeSession(state: NetState, id: string): NetState {
  return { ...state, sessions: state.sessions.filter((session) => session.id !== id) };
}

/** Notes that a session is lent no more: it stays until it is told to stop. */
export function keepSession(state: NetState, id: string): NetState {
  const keep = ({ lent: _, ...session }: Session): Session => session;
  return { ...state, sessions: state.sessions.map((one) => (one.id === id ? keep(one) : one)) };
}

/** Notes which sessions of Systems Manager a session has open. */
export function noteSsmSessions(state: NetState, id: string, sessionIds: readonly string[]): NetState {
  const note = (session: Session): Session =>
    session.ssm === undefined ? session : { ...session, ssm: { ...session.ssm, sessions: [...sessionIds] } };
  return { ...state, sessions: state.sessions.map((one) => (one.id === id ? note(one) : one)) };
}

/** Finds a session by its label. */
export function findSession(state: NetState, label: string): Session | undefined {
  return state.sessions.find((session) => session.label === label);
}

function findTwin({ sessions }: NetState): Problem | undefined {
  for (const key of ['label', 'id'] as const) {
    const seen = new Set<string>();
    for (const [index, session] of sessions.entries()) {
      const value = session[key];
      if (seen.has(value)) return { pointer: `/sessions/${index}/${key}`, reason: `"${value}" occurs twice` };
      seen.add(value);
    }
  }
  return undefined;
}

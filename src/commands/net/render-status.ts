import type { SessionList } from '../../ops/net/list-sessions.ts';
import type { ForwardStatus, SessionStatus } from '../../ops/net/status.ts';
import type { Style } from '../../output.ts';
import { printable } from '../../printable.ts';
import { spanText, tableOf } from '../table.ts';
import { historyLines } from './render-history.ts';
import { serviceText, shownAddresses, stateStyle } from './words.ts';

const HEAD = ['TARGET', 'VIA', 'STATE', 'FOR', 'FORWARD', 'LOCAL', 'SERVICE', 'CHECKED'];
const STATE_COLUMN = 2;

/** Shows sessions, a line a forward; under each that is not ready why, and what to type. Pure. */
export function renderStatus(list: SessionList, now: Date, style: Style): string {
  const sessions = [...list.sessions, ...list.others];
  const missing = (list.missing ?? []).map((name) => `there is no session ${printable(name)} any more`);
  if (sessions.length === 0) {
    const nothing = missing.length === 0 ? ['no session in this project'] : missing;
    return [...nothing, ...otherLines(list)].join('\n');
  }
  const blocks = sessions.map((session) => rowsOf(session, now));
  // Labels, targets and addresses may come from the records of somebody's repository.
  const rows = [HEAD, ...blocks.flat()].map((cells) => cells.map(printable));
  const lines = tableOf(rows, (cell, column, row) =>
    column === STATE_COLUMN && row > 0 ? stateStyle(cell, style)(cell) : cell,
  ).split('\n');
  const output = [lines.shift() ?? ''];
  for (const [index, session] of sessions.entries()) {
    output.push(...lines.splice(0, blocks[index]?.length ?? 0), ...remarks(session, list.project));
  }
  return [...output, ...missing, ...historyLines(sessions, now), ...otherLines(list), verdict(sessions)].join(
    '\n',
  );
}

function rowsOf(session: SessionStatus, now: Date): string[][] {
  const { label, target, via, state, since, forwards } = session;
  const name = label === target ? label : `${label} (${target})`;
  const lasted = spanText(now.getTime() - Date.parse(since));
  return forwards.flatMap((forward, index) => {
    const [first = '', ...others] = shownAddresses(forward);
    const lead = index === 0 ? [name, shortVia(via), state, lasted] : ['', '', '', ''];
    const row = [...lead, forward.name, first, forwardText(forward, state), checkedText(forward, now)];
    return [row, ...others.map((address) => ['', '', '', '', '', address])];
  });
}

function forwardText(forward: ForwardStatus, state: SessionStatus['state']): string {
  const held = forward.traffic?.held ?? 0;
  const holding = `holding ${held} client${held === 1 ? '' : 's'}`;
  if (held > 0) return holding;
  const isAway = state === 'reconnecting' || state === 'needs-login';
  return isAway && forward.layers.transport.state === 'failed' ? holding : serviceText(forward);
}

function checkedText(forward: ForwardStatus, now: Date): string {
  const { checkedAt } =
    forward.layers.service.checkedAt === undefined ? forward.layers.port : forward.layers.service;
  if (checkedAt === undefined) return '-';
  const age = now.getTime() - Date.parse(checkedAt);
  return age < 1000 ? 'now' : `${spanText(age)} ago`;
}

function remarks(session: SessionStatus, here: string): string[] {
  const place = session.project === here ? [] : [`  of ${session.project}`];
  const warnings = [
    ...session.warnings.map((text) => `  warning: ${text}`),
    ...session.forwards.flatMap(({ name, warnings }) =>
      warnings.map((text) => `  warning: ${name}: ${text}`),
    ),
  ];
  const reason = session.reason === undefined ? [] : [`  ${retryText(session)}${session.reason}`];
  const hint = session.hint === undefined ? [] : [`  ${session.hint}`];
  const next = session.next === undefined ? [] : [`  next: ${session.next}`];
  // Words of ssh, of a ProxyCommand and of services are in here.
  return [...place, ...reason, ...hint, ...next, ...warnings].map(printable);
}

function retryText({ retry }: SessionStatus): string {
  if (retry === undefined) return '';
  return `try ${retry.attempt} ${retry.inSeconds === 0 ? 'now' : `in ${retry.inSeconds} s`}: `;
}

function otherLines(list: SessionList): string[] {
  if (list.otherProjects.length === 0 || list.others.length > 0) return [];
  const names = list.otherProjects.map(({ project, count }) =>
    printable(`${project} (${count} session${count === 1 ? '' : 's'})`),
  );
  return [`other projects: ${names.join(', ')}; --all shows them`];
}

function verdict(sessions: readonly SessionStatus[]): string {
  const counts = new Map<string, number>();
  for (const { state } of sessions) counts.set(state, (counts.get(state) ?? 0) + 1);
  const words = [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
  return `${sessions.length} session${sessions.length === 1 ? '' : 's'}: ${words}`;
}

function shortVia(via: SessionStatus['via']): string {
  return via === 'ssh-bastion' ? 'ssh' : via;
}

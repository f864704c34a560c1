import { expect, it } from 'vitest';
import { historyLines } from '../../../src/commands/net/render-history.ts';
import { sessionStatus } from '../../ops/net/statuses.ts';

// Times are written as this machine's own, whatever its zone is.
const now = new Date(2026, 0, 2, 9, 0, 0);
const at = (day: number, hour: number, minute: number, second: number) =>
  new Date(2026, 0, day, hour, minute, second).toISOString();
const broke = { reason: 'socket closed', seconds: 41.26, kept: 2, lost: 0 };

it('names the newest break of this day in local time, and how many more there were', () => {
  const breaks = [
    { ...broke, at: at(1, 23, 59, 59) },
    { ...broke, at: at(2, 0, 0, 0), seconds: 0.42, kept: 1 },
    { ...broke, at: at(2, 3, 12, 4) },
  ];
  expect(historyLines([sessionStatus({ breaks })], now)).toEqual([
    'today: staging 03:12:04 +41 s, socket closed, 2 connections kept, 0 lost; 1 more',
  ]);
  expect(historyLines([sessionStatus({ breaks: breaks.slice(0, 2) })], now)).toEqual([
    'today: staging 00:00:00 +0.4 s, socket closed, 1 connection kept, 0 lost',
  ]);
});

it('says nothing where nothing broke today', () => {
  expect(historyLines([sessionStatus()], now)).toEqual([]);
  expect(historyLines([sessionStatus({ breaks: [{ ...broke, at: at(1, 23, 59, 59) }] })], now)).toEqual([]);
});

it('gives each session that broke a line, and lets no reason steer the terminal', () => {
  const long = { ...broke, at: at(2, 1, 0, 0), seconds: 4000 };
  const sessions = [
    sessionStatus({ breaks: [long] }),
    sessionStatus({ label: 'quiet' }),
    sessionStatus({ label: 'prod', breaks: [{ ...long, reason: 'x\u001b[2J' }] }),
  ];
  expect(historyLines(sessions, now)).toEqual([
    'today: staging 01:00:00 +1h 6m, socket closed, 2 connections kept, 0 lost',
    '       prod 01:00:00 +1h 6m, x\\x1b[2J, 2 connections kept, 0 lost',
  ]);
});

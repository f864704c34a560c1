import type { CommandTable } from '../command.ts';
import { completion } from './completion.ts';
import { netDown } from './net/down.ts';
import { netExec } from './net/exec.ts';
import { netLogs } from './net/logs.ts';
import { netStatus } from './net/status.ts';
import { netUp } from './net/up.ts';
import { netWait } from './net/wait.ts';
import { rehearse } from './rehearse.ts';

/** Every noun and verb of hotpass, in help order. */
export const commands: CommandTable = {
  nouns: { net: 'Tunnels: open, close, look' },
  verbs: [netUp, netDown, netExec, netStatus, netWait, netLogs, rehearse, completion],
  complete: async (kind, given, sys) =>
    (await import('./complete-values.ts')).completeValues(kind, given, sys),
};

import { expect, it } from 'vitest';
import type { SessionState } from '../../../../src/ops/net/lifecycle.ts';
import type { Look } from '../../../../src/ops/net/look.ts';
import { judgeWait } from '../../../../src/ops/net/watch/wait-verdict.ts';
import { sessionStatus } from '../statuses.ts';

const look = (kind: Look['kind'], state: SessionState): Look => ({
  kind,
  status: sessionStatus({ state, reason: 'why', next: 'hotpass net logs staging' }),
});

it.each([
  ['nothing that was never there', undefined, false, 'wait', 'reached'],
  ['nothing that was there before', undefined, true, 'doubtful', 'reached'],
  ['a session that starts', look('live', 'starting'), true, 'wait', 'wait'],
  ['a ready one', look('live', 'ready'), false, 'reached', 'wait'],
  ['one whose service does not answer', look('live', 'degraded'), false, 'wait', 'wait'],
  ['one that reconnects', look('live', 'reconnecting'), false, 'wait', 'wait'],
  ['one that needs a login', look('live', 'needs-login'), false, 'wait', 'wait'],
  ['one that was told to end', look('live', 'stopped'), false, 'wait', 'wait'],
  ['one that has failed', look('live', 'failed'), false, 'over', 'wait'],
  ['one whose process is gone', look('dead', 'failed'), false, 'doubtful', 'reached'],
  ['one that does not answer', look('silent', 'failed'), false, 'wait', 'wait'],
  ['one of another machine', look('elsewhere', 'elsewhere'), false, 'over', 'over'],
] as const)('%s means its own to who waits for ready, and for down', (_, seen, before, ready, down) => {
  expect(judgeWait(seen, 'ready', 'service', 'staging', before).kind).toBe(ready);
  expect(judgeWait(seen, 'down', 'service', 'staging', before).kind).toBe(down);
});

it('is content with a service that does not answer when only the transport is required', () => {
  expect(judgeWait(look('live', 'degraded'), 'ready', 'transport', 'staging', false).kind).toBe('reached');
});

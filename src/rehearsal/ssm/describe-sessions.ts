import { ApiError } from './api-error.ts';
import { epochSeconds } from './clock.ts';
import { listAt, textAt } from './json.ts';
import { takePage } from './page.ts';
import type { SessionFacts } from './session.ts';

const LIMITS = { least: 1, most: 200 };

/** Answers DescribeSessions: those that live, or those that are over. */
export function describeSessions(
  request: unknown,
  sessions: readonly SessionFacts[],
  pageSize: number | undefined,
) {
  const state = textAt(request, 'State');
  if (state !== 'Active' && state !== 'History')
    throw new ApiError(
      'ValidationException',
      "1 validation error detected: Value at 'state' failed to satisfy constraint: Member must satisfy enum value set: [Active, History]",
    );
  const found = sessions
    .filter((one) => (one.state === 'Terminated') === (state === 'History'))
    .filter((one) => listAt(request, 'Filters').every((filter) => matches(one, filter)));
  const { entries, ...next } = takePage(found, request, { ...LIMITS, pageSize });
  return { Sessions: entries.map(describe), ...next };
}

function matches(session: SessionFacts, filter: unknown): boolean {
  const value = textAt(filter, 'value');
  switch (textAt(filter, 'key')) {
    case 'Target':
      return session.target === value;
    case 'Owner':
      return session.owner === value;
    case 'SessionId':
      return session.id === value;
    case 'Status':
      return session.state === value;
    default:
      throw new ApiError('InvalidFilterKey', 'The specified key is not valid.');
  }
}

function describe(session: SessionFacts) {
  return {
    SessionId: session.id,
    Target: session.target,
    Status: session.state,
    StartDate: epochSeconds(session.startedAt),
    ...(session.endedAt === undefined ? {} : { EndDate: epochSeconds(session.endedAt) }),
    DocumentName: session.document,
    Owner: session.owner,
    ...(session.reason === '' ? {} : { Reason: session.reason }),
    Details: '',
    OutputUrl: {},
  };
}

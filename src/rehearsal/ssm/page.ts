import { ApiError } from './api-error.ts';
import { member, textAt } from './json.ts';

/** Cuts a list into the page that was asked for. */
export function takePage<Entry>(
  all: readonly Entry[],
  request: unknown,
  limits: { readonly least: number; readonly most: number; readonly pageSize: number | undefined },
): { readonly entries: readonly Entry[]; readonly NextToken?: string } {
  const asked = member(request, 'MaxResults') ?? limits.most;
  if (typeof asked !== 'number' || asked < limits.least || asked > limits.most)
    throw new ApiError(
      'ValidationException',
      `1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value between ${limits.least} and ${limits.most}`,
    );
  const token = textAt(request, 'NextToken') ?? 'page-0';
  const start = Number(/^page-(\d+)$/.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw new ApiError('InvalidNextToken', 'The specified token is not valid.');
  const end = start + Math.min(asked, limits.pageSize ?? asked);
  const entries = all.slice(start, end);
  return end < all.length ? { entries, NextToken: `page-${end}` } : { entries };
}

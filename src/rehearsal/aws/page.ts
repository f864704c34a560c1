import { ServiceError } from './refusal.ts';
import { type AwsRequest, queryAt } from './request.ts';

const MOST = 100;

/** Cuts a list into the page that a call of EKS asked for. */
export function takePage<Entry>(
  all: readonly Entry[],
  request: AwsRequest,
  pageSize: number | undefined,
): { readonly entries: readonly Entry[]; readonly nextToken: string | null } {
  const asked = Number(queryAt(request, 'maxResults') ?? MOST);
  const start = Number(/^page-(\d+)$/.exec(queryAt(request, 'nextToken') ?? 'page-0')?.[1]);
  if (Number.isNaN(start) || !(asked >= 1 && asked <= MOST))
    throw new ServiceError(400, 'InvalidParameterException', 'The specified parameter is invalid.');
  const end = start + Math.min(asked, pageSize ?? asked);
  return { entries: all.slice(start, end), nextToken: end < all.length ? `page-${end}` : null };
}

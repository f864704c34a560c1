import { HotpassError } from '../../errors.ts';

/** The word for the next page: newer services write it small. */
interface Page {
  readonly NextToken?: string | undefined;
  readonly nextToken?: string | undefined;
}
interface Next {
  readonly NextToken?: string;
  readonly nextToken?: string;
}

/** A service that gives the same page for ever is not believed. */
const MOST_PAGES = 1_000;

/** Asks for a list until its end and gives its pages; `service` names it in an error. Throws `aws-failed`. */
export async function allPages<T extends Page>(
  service: string,
  ask: (next: Next) => Promise<T>,
): Promise<T[]> {
  const pages: T[] = [];
  for (let next: Next = {}; pages.length < MOST_PAGES; ) {
    const page = await ask(next);
    pages.push(page);
    const { NextToken, nextToken } = page;
    if (!NextToken && !nextToken) return pages;
    next = NextToken ? { NextToken } : nextToken ? { nextToken } : {};
  }
  throw new HotpassError('aws-failed', `${service}: the list has no end`);
}

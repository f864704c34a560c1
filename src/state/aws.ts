import type { FromSchema } from 'json-schema-to-ts';
import { validate } from '../generated/aws.js';
import type { awsSchema } from './aws-schema.ts';
import type { Problem } from './damage.ts';
import { defineStore, type Store } from './store.ts';

/** What was found out about the accounts and clusters of a project, as `aws.json` holds it. */
export type AwsState = FromSchema<typeof awsSchema>;

/** What the last check of one target found out. */
export type RecordedCheck = AwsState['checks'][number];

/** The store of `aws.json`. */
export const awsStore: Store<AwsState> = defineStore({
  file: 'aws.json',
  validate,
  empty: { version: 1, checks: [] },
  isEmpty: (state: AwsState) => state.checks.length === 0,
  check: findTwin,
  inProject: true,
});

/** Puts a check in the place of the one before of its target. */
export function noteCheck(state: AwsState, check: RecordedCheck): AwsState {
  return { ...state, checks: [...state.checks.filter(({ target }) => target !== check.target), check] };
}

function findTwin({ checks }: AwsState): Problem | undefined {
  const seen = new Set<string>();
  for (const [index, { target }] of checks.entries()) {
    if (seen.has(target)) return { pointer: `/checks/${index}/target`, reason: `"${target}" occurs twice` };
    seen.add(target);
  }
  return undefined;
}

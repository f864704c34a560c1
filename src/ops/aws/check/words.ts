import type { AccountApi } from '../../../aws.ts';
import { shellCommand } from '../../../shell-words.ts';
import type { CheckWish } from './request.ts';

/** What the commands that a check prints have in common. */
export interface CheckWords {
  readonly target: string;
  /** The command that checks all this once more. */
  readonly again: string;
  /** The command that opens a way to the cluster. */
  readonly up: string;
  /** Profile and region, as commands of AWS take them. */
  readonly awsFlags: string;
}

/** Makes the words of one check. Pure. */
export function makeWords(wish: CheckWish, api: Pick<AccountApi, 'profile' | 'region'>): CheckWords {
  const profile = api.profile === undefined ? [] : ['--profile', api.profile.value];
  return {
    target: wish.target,
    again: shellCommand(['hotpass', 'aws', 'check', wish.target, ...wish.flags]),
    up: shellCommand([
      ...['hotpass', 'net', 'up', wish.target],
      ...(wish.hasForward ? [] : ['--forward', 'eks']),
      ...wish.flags,
    ]),
    awsFlags: shellCommand(['--region', api.region.value, ...profile]),
  };
}

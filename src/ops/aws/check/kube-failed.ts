import { HotpassError } from '../../../errors.ts';
import { textAt } from '../../kube/fields.ts';
import { failed } from './judge.ts';
import type { LinkId, LinkResult } from './link.ts';

/** A link that the API answered with something that is no answer. Pure. */
export function kubeFailed(id: LinkId, status: number, body: unknown, again: string): LinkResult {
  const said = textAt(body, 'message') ?? (body === undefined ? 'no JSON' : undefined);
  const message = `Kubernetes answered ${status}${said === undefined ? '' : `: ${said}`}`;
  return failed(id, new HotpassError('eks-failed', message, { hint: again }), { facts: { status } });
}

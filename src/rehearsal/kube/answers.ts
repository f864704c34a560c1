import { wallClock } from '../ssm/clock.ts';
import { member, textAt, textsAt } from '../ssm/json.ts';
import { findReason, type Rule, type Wanted } from './authorize.ts';
import type { KindRow } from './kinds.ts';
import { apiVersionOf, findObject, type KubeObject, uidOf } from './objects.ts';
import type { ServiceTokens } from './service-tokens.ts';
import { badRequest, type KubeReply, notFound } from './status.ts';
import type { ClusterUser } from './user.ts';

/** What an answer can look at. */
export interface AnswerGround {
  readonly user: ClusterUser;
  readonly rules: readonly Rule[];
  readonly wanted: Wanted & { readonly kind: 'resource' };
  readonly kind: KindRow;
  readonly body: unknown;
  readonly objects: readonly KubeObject[];
  readonly tokens: ServiceTokens;
  readonly issuer: string;
}

const HOUR_SECONDS = 3600;
const LEAST_SECONDS = 600;

/** What is answered to what, beside reading: `VERB RESOURCE.GROUP`. */
export const ANSWERS: Readonly<Record<string, (ground: AnswerGround) => KubeReply>> = {
  'create selfsubjectreviews.authentication.k8s.io': reviewSelf,
  'create selfsubjectaccessreviews.authorization.k8s.io': reviewAccess,
  'create serviceaccounts/token.': makeToken,
};

function reviewSelf({ user, kind }: AnswerGround): KubeReply {
  const { username, uid, groups, extra } = user;
  return created(kind, { status: { userInfo: { username, uid, groups, extra } } });
}

function reviewAccess({ user, rules, kind, body }: AnswerGround): KubeReply {
  const spec = member(body, 'spec');
  const wanted = wantedOf(spec);
  if (wanted === undefined)
    return badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  const reason = findReason(user, rules, wanted);
  return created(kind, {
    spec,
    status: { allowed: reason !== undefined, ...(reason === undefined ? {} : { reason }) },
  });
}

function wantedOf(spec: unknown): Wanted | undefined {
  const resource = member(spec, 'resourceAttributes');
  const path = member(spec, 'nonResourceAttributes');
  if ((resource === undefined) === (path === undefined)) return undefined;
  if (path !== undefined)
    return { kind: 'path', verb: textAt(path, 'verb') ?? '', path: textAt(path, 'path') ?? '' };
  const subresource = textAt(resource, 'subresource') ?? '';
  const name = textAt(resource, 'resource') ?? '';
  return {
    kind: 'resource',
    verb: textAt(resource, 'verb') ?? '',
    group: textAt(resource, 'group') ?? '',
    resource: subresource === '' ? name : `${name}/${subresource}`,
    name: textAt(resource, 'name'),
    // An empty one means all of them.
    namespace: textAt(resource, 'namespace') || undefined,
  };
}

function makeToken({ wanted, kind, body, objects, tokens, issuer }: AnswerGround): KubeReply {
  const account = findObject(objects, { ...kind, kind: 'ServiceAccount' }, wanted);
  if (account === undefined) return notFound(wanted);
  const spec = member(body, 'spec');
  const seconds = Number(member(spec, 'expirationSeconds') ?? HOUR_SECONDS);
  if (!(seconds >= LEAST_SECONDS))
    return badRequest(
      'spec.expirationSeconds: Invalid value: may not specify a duration less than 10 minutes',
    );
  const asked = textsAt(spec, 'audiences');
  const audiences = asked.length === 0 ? ['https://kubernetes.default.svc'] : asked;
  const from = Math.floor(wallClock() / 1000);
  const { name, namespace = '' } = account.metadata;
  const token = tokens.make({
    issuer,
    namespace,
    name,
    uid: uidOf(account),
    audiences,
    from,
    to: from + seconds,
  });
  const expirationTimestamp = new Date((from + seconds) * 1000).toISOString().replace('.000', '');
  return created(
    { ...kind, group: 'authentication.k8s.io' },
    {
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
      status: { token, expirationTimestamp },
    },
  );
}

function created(kind: KindRow, rest: object): KubeReply {
  const head = { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: { creationTimestamp: null } };
  return { status: 201, body: { ...head, ...rest } };
}

import type { AccountApi, CallerIdentity, Cluster } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import { fieldAt, textAt } from '../../kube/fields.ts';
import type { OidcWishes, ServiceAccountName } from '../oidc/asked.ts';
import { type Answer, type Asking, gotten } from './answer.ts';
import type { Further } from './ask-kube.ts';
import { skipped } from './judge.ts';
import type { LinkResult } from './link.ts';
import type { CheckWish, OidcWish } from './request.ts';
import { makeWords } from './words.ts';

/** What the links of web identity stand on, as soon as each is there. */
export interface OidcGround {
  readonly identity: Promise<Answer<CallerIdentity>>;
  readonly cluster: Promise<Answer<Cluster>>;
  /** Asks the cluster; undefined where it cannot be asked. */
  readonly kube: Promise<Further | undefined>;
}

/** Asks all that `--verify-oidc` is about: two answers in a row, three for a role that stands in a service account. */
export async function askOidc(
  sys: System,
  { ask }: Asking,
  api: AccountApi,
  wish: CheckWish,
  ground: OidcGround,
): Promise<readonly LinkResult[]> {
  if (wish.oidc === undefined) return [];
  const [identity, cluster] = await Promise.all([ground.identity, ground.cluster]);
  if (identity.kind !== 'got')
    return (['oidc-provider', 'oidc-discovery', 'oidc-trust'] as const).map((id) =>
      skipped(id, 'needs: identity'),
    );
  const [{ verifyOidc }, { createDocumentGetter }] = await Promise.all([
    import('../oidc/verify-oidc.ts'),
    import('../oidc/get-document.ts'),
  ]);
  const described = gotten(cluster);
  return verifyOidc({
    api,
    identity: identity.value,
    cluster: described,
    wishes: wishesOf(wish.oidc),
    async ask(whom, put) {
      const answer = await ask({ whom, lateCode: 'aws-unreachable', put });
      if (answer.kind === 'got') return answer.value;
      throw answer.kind === 'failed'
        ? answer.error
        : new HotpassError('aws-unreachable', `${whom} is not asked`);
    },
    get: createDocumentGetter(sys.env, wish.place),
    readServiceAccount:
      described === undefined ? undefined : (account, signal) => read(ground, account, signal),
    awsFlags: makeWords(wish, api).awsFlags,
  });
}

function wishesOf({ roles, serviceAccount, arc }: OidcWish): OidcWishes {
  const [namespace, name] = serviceAccount?.split('/') ?? [];
  const { owner, repository } = arc ?? {};
  return {
    roles,
    serviceAccount: namespace === undefined || name === undefined ? undefined : { namespace, name },
    repository: owner === undefined || repository === undefined ? undefined : { owner, name: repository },
  };
}

/** Reads the annotations of a service account; undefined where there is none. */
async function read({ kube }: OidcGround, { namespace, name }: ServiceAccountName, signal: AbortSignal) {
  const further = await kube;
  if (further === undefined) throw new HotpassError('eks-unreachable', 'the cluster cannot be asked');
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
  const { status, body } = await further({ method: 'GET', path }, signal);
  if (status === 404) return undefined;
  if (status === 200) {
    const found = fieldAt(body, 'metadata', 'annotations');
    const pairs = typeof found === 'object' && found !== null ? Object.entries(found) : [];
    return Object.fromEntries(
      pairs.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    );
  }
  const said = textAt(body, 'message') ?? 'no reason';
  if (status === 401) throw new HotpassError('eks-role-not-mapped', said);
  if (status === 403) throw new HotpassError('eks-forbidden', said);
  throw new HotpassError('eks-failed', `Kubernetes answered ${status}: ${said}`);
}

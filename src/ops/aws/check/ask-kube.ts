import type { AccountApi, Cluster } from '../../../aws.ts';
import { createDeferred } from '../../../deferred.ts';
import { HotpassError } from '../../../errors.ts';
import { followSignals } from '../../../signals.ts';
import type { System } from '../../../system.ts';
import { createKube, type KubeAnswer, type KubeQuestion } from '../../kube/client.ts';
import { readPermission } from '../../kube/permission.ts';
import { accessQuestion, reviewQuestions, VERSION } from '../../kube/questions.ts';
import type { FoundForward } from '../../net/find-forwards.ts';
import { type Answer, type Asking, gotten, UNASKED } from './answer.ts';
import { chooseWay, type Way } from './endpoint.ts';
import type { AskedPermission } from './permissions.ts';
import type { CheckWish } from './request.ts';

/** What the cluster was asked. */
export interface KubeAnswers {
  readonly way: Way;
  /** Its value means nothing: the connection stands, and the certificate is the cluster's. */
  readonly endpoint: Answer<void>;
  /** What Kubernetes makes of the token: the review, or the version where there is no review. */
  readonly token: Answer<KubeAnswer>;
  readonly review: Answer<KubeAnswer>;
  readonly permissions: readonly AskedPermission[];
  close(): void;
}

/** Asks the cluster one more question, with the same token. */
export type Further = (question: KubeQuestion, signal: AbortSignal) => Promise<KubeAnswer>;

/** As long as a connection takes on a good day, many times over: a private address just swallows what is sent. */
const CONNECT_MS = 4_000;

/**
 * Asks the Kubernetes API, all at once: one answer, two on a cluster that is older than EKS says. `onOpen` is given what
 * asks further before anything is answered; undefined where the cluster cannot be asked.
 */
export async function askKube(
  sys: System,
  asking: Asking,
  api: AccountApi,
  wish: CheckWish,
  cluster: Cluster | undefined,
  forwards: readonly FoundForward[] | undefined,
  onOpen: (further: Further | undefined) => void,
): Promise<KubeAnswers> {
  const permissions = listPermissions(wish);
  if (cluster?.endpoint === undefined || cluster.ca === undefined) {
    onOpen(undefined);
    return nothing(permissions);
  }
  const way = chooseWay(forwards ?? [], cluster.endpoint);
  const kube = createKube(sys.env, { server: cluster.endpoint, ca: cluster.ca, through: way.forward });
  const gone = new AbortController();
  const made = await asking.ask({
    whom: 'credentials (token)',
    lateCode: 'aws-unreachable',
    put: (signal) => api.makeClusterToken(cluster.name, signal),
  });
  const token = gotten(made)?.token;
  const further: Further = async (question, signal) => {
    const following = followSignals(signal, gone.signal);
    return kube.ask({ ...question, token }, following.signal).finally(following.free);
  };
  onOpen(token === undefined ? undefined : further);
  const put = <T>(whom: string, ask: (signal: AbortSignal) => Promise<T>) =>
    asking.ask<T>({ whom, lateCode: 'eks-unreachable', put: ask });
  const secure = createDeferred<void>();
  const version = put('Kubernetes', (signal) =>
    further({ ...VERSION, onSecure: () => secure.resolve() }, signal),
  );
  const limitMs = way.forward === undefined ? CONNECT_MS : wish.timeoutMs;
  const endpoint = put('the endpoint', async (signal) => {
    const limit = followSignals(signal);
    const late = sys.sleep(limitMs, limit.signal).then(() => {
      throw noConnection(cluster.endpoint?.host, limitMs);
    });
    const refused = version.then((answer) => {
      if (answer.kind === 'failed') throw answer.error;
    });
    return Promise.race([secure.promise, refused, late]).finally(limit.abort);
  }).then((answer) => {
    // Nobody waits for what cannot come.
    if (answer.kind !== 'got') gone.abort();
    return answer;
  });
  const ask = (question: KubeQuestion) =>
    made.kind === 'got' ? put('Kubernetes', (signal) => further(question, signal)) : Promise.resolve(made);
  const [reached, versioned, review, ...asked] = await Promise.all([
    endpoint,
    version,
    askReview(ask, cluster.version),
    ...permissions.map(async (permission) => ({ permission, answer: await ask(accessQuestion(permission)) })),
  ]);
  const close = () => {
    gone.abort();
    kube.close();
  };
  if (reached.kind !== 'got') return { ...nothing(permissions), way, endpoint: reached, close };
  const seen = review.kind === 'got' && review.value.status !== 404 ? review : versioned;
  const answer = made.kind === 'got' ? (seen.kind === 'got' ? seen : review) : made;
  return { way, endpoint: reached, token: answer, review, permissions: asked, close };
}

/** What config lists; with a namespace and nothing else, whether one sees anything there. */
function listPermissions({ permissions, namespace }: CheckWish) {
  const texts = permissions.length === 0 && namespace !== undefined ? ['list pods'] : permissions;
  return texts.map((text) => readPermission(text, namespace));
}

function nothing(permissions: ReturnType<typeof listPermissions>): KubeAnswers {
  return {
    way: { forward: undefined, stray: undefined },
    endpoint: UNASKED,
    token: UNASKED,
    review: UNASKED,
    permissions: permissions.map((permission) => ({ permission, answer: UNASKED })),
    close: () => undefined,
  };
}

async function askReview(
  ask: (question: KubeQuestion) => Promise<Answer<KubeAnswer>>,
  version: string | undefined,
): Promise<Answer<KubeAnswer>> {
  const [likely, other] = reviewQuestions(version);
  const answer = await ask(likely);
  return answer.kind === 'got' && answer.value.status === 404 ? ask(other) : answer;
}

function noConnection(host: string | undefined, limitMs: number): HotpassError {
  return new HotpassError('eks-unreachable', `${host} does not answer: no connection in ${limitMs / 1000} s`);
}

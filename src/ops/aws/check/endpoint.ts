import type { Cluster } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import { textAt } from '../../kube/fields.ts';
import type { FoundForward } from '../../net/find-forwards.ts';
import { hostPort } from '../../net/status.ts';
import type { Answer } from './answer.ts';
import { failed, judgeAnswer, ok } from './judge.ts';
import type { LinkResult } from './link.ts';
import type { CheckWords } from './words.ts';

/** How a check goes to the cluster. */
export interface Way {
  /** The live `eks` forward of the target that leads there. */
  readonly forward: FoundForward | undefined;
  /** An `eks` forward of the target that leads elsewhere. */
  readonly stray: FoundForward | undefined;
}

/** Decides which forward leads to a cluster; of several, the first. Pure. */
export function chooseWay(forwards: readonly FoundForward[], endpoint: URL): Way {
  const forward = forwards.find(({ remote }) => remote === `${endpoint.hostname}:${endpoint.port || 443}`);
  return { forward, stray: forward === undefined ? forwards[0] : undefined };
}

/** Judges whether the cluster's API can be reached and is the cluster's. Pure. */
export function judgeEndpoint(
  answer: Answer<unknown>,
  cluster: Cluster | undefined,
  { forward, stray }: Way,
  before: readonly LinkResult[],
  words: CheckWords,
): LinkResult {
  // Nothing before it is broken, and yet there was nothing to ask.
  if (answer.kind === 'unasked' && cluster !== undefined && before.every(({ state }) => state === 'ok')) {
    const message = `EKS names no endpoint of ${cluster.name}, or no authority for it`;
    return failed('endpoint', new HotpassError('cluster-not-active', message, { hint: words.again }));
  }
  const host = cluster?.endpoint?.host ?? '';
  const through =
    forward && `forward "${forward.name}" of ${forward.label}, ${hostPort(forward.host, forward.port)}`;
  const facts = { host, through: forward === undefined ? null : hostPort(forward.host, forward.port) };
  const strayed = stray && [
    ['forward', `"${stray.name}" of ${stray.label} leads to ${stray.remote}`] as const,
  ];
  if (answer.kind !== 'failed' || cluster === undefined) {
    return judgeAnswer('endpoint', answer, before, () =>
      ok(
        'endpoint',
        `${through === undefined ? `${host} directly` : `through ${through}`}, TLS name verified`,
        {
          facts,
          ...(strayed === undefined ? {} : { evidence: strayed }),
        },
      ),
    );
  }
  const { error } = answer;
  const evidence = [
    ...(strayed ?? []),
    ...certificateEvidence(error),
    ...cidrEvidence(error, cluster, forward),
  ];
  return failed('endpoint', explain(error, cluster, forward, words), { evidence, facts });
}

/** What makes the endpoint unreachable, in words of the cluster. */
function explain(
  error: HotpassError,
  cluster: Cluster,
  forward: FoundForward | undefined,
  { target, again, up, awsFlags }: CheckWords,
): HotpassError {
  const { code, message, details } = error;
  if (forward !== undefined) {
    const hint = forward.trouble?.next ?? `hotpass net status ${target}`;
    const why =
      forward.trouble?.reason === undefined
        ? ''
        : `; ${forward.label} is ${forward.state}: ${forward.trouble.reason}`;
    return new HotpassError(code, `${message}${why}`, { hint, details });
  }
  if (code === 'eks-unreachable' && !cluster.isPublic) {
    return new HotpassError(
      'eks-endpoint-private',
      `the endpoint of ${cluster.name} is private, and no tunnel leads there: ${message}`,
      { hint: up, details },
    );
  }
  if (code === 'eks-tls-untrusted')
    return new HotpassError(code, message, {
      hint: `aws eks describe-cluster --name ${cluster.name} ${awsFlags} --query cluster.endpoint`,
      details,
    });
  return new HotpassError(code, message, { hint: again, details });
}

function certificateEvidence({ code, details }: HotpassError): (readonly [string, string])[] {
  if (code !== 'eks-tls-untrusted') return [];
  const rows = [
    ['shown', textAt(details, 'subject')],
    ['issued by', textAt(details, 'issuer')],
    ['names', textAt(details, 'names')],
  ] as const;
  return rows.flatMap(([word, text]) => (text === undefined ? [] : [[word, text] as const]));
}

/** A public endpoint that is not open for all drops what comes from elsewhere without a word. */
function cidrEvidence(
  { code }: HotpassError,
  { isPublic, publicCidrs }: Cluster,
  forward: FoundForward | undefined,
): (readonly [string, string])[] {
  const isOpen = publicCidrs.length === 0 || publicCidrs.includes('0.0.0.0/0');
  if (code !== 'eks-unreachable' || !isPublic || isOpen || forward !== undefined) return [];
  return [['likely', `this machine's address is outside of ${publicCidrs.join(' ')}, which alone reach it`]];
}

import type { Cluster } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import { shellWord } from '../../../shell-words.ts';
import type { Answer } from './answer.ts';
import { failed, judgeAnswer, ok, skipped } from './judge.ts';
import type { LinkResult } from './link.ts';
import type { CheckWords } from './words.ts';

/** The API server answers in these; https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html */
const USABLE: readonly string[] = ['ACTIVE', 'UPDATING'];
/** Waiting helps. */
const PASSING: readonly string[] = ['CREATING', 'PENDING'];
const MODES: Readonly<Record<string, string>> = {
  API: 'access by API entries',
  API_AND_CONFIG_MAP: 'access by API entries and the aws-auth ConfigMap',
  CONFIG_MAP: 'access by the aws-auth ConfigMap',
};

/** Judges what EKS says of the cluster. Pure. */
export function judgeClusterLink(
  answer: Answer<Cluster>,
  wanted: string | undefined,
  before: readonly LinkResult[],
  words: CheckWords,
): LinkResult {
  if (wanted === undefined)
    return skipped('cluster', 'no cluster is named: --eks-cluster NAME, or eks.cluster in hotpass.yaml');
  return judgeAnswer('cluster', ofTarget(answer, words), before, (cluster) => {
    const evidence = cluster.healthIssues.map(
      ({ code, message }) => ['health', `${code}: ${message}`] as const,
    );
    const more = { ...(evidence.length === 0 ? {} : { evidence }), facts: clusterFacts(cluster) };
    if (USABLE.includes(cluster.status)) return ok('cluster', clusterText(cluster), more);
    return failed(
      'cluster',
      new HotpassError('cluster-not-active', `${cluster.name} is ${cluster.status}`, {
        hint: PASSING.includes(cluster.status)
          ? words.again
          : `aws eks describe-cluster --name ${cluster.name} ${words.awsFlags} --query cluster.health`,
      }),
      more,
    );
  });
}

/** The account knows no target, and its hint would lead to the default one. */
function ofTarget(answer: Answer<Cluster>, { target }: CheckWords): Answer<Cluster> {
  if (answer.kind !== 'failed' || answer.error.code !== 'cluster-unknown') return answer;
  const { code, message, hint, details } = answer.error;
  const named = hint?.replace(/^hotpass aws check\b/, `hotpass aws check ${shellWord(target)}`);
  return { kind: 'failed', error: new HotpassError(code, message, { hint: named, details }) };
}

/** What one wants to know of a cluster that is not its certificate. */
export function clusterFacts({ ca: _, endpoint, ...facts }: Cluster): object {
  return { ...facts, endpoint: endpoint?.href ?? null };
}

function clusterText(cluster: Cluster): string {
  const { name, status, version, authenticationMode = '' } = cluster;
  const mode = MODES[authenticationMode];
  return [`${name} ${status}`, version, mode, endpointText(cluster)]
    .filter((part) => part !== undefined)
    .join(', ');
}

function endpointText({ isPublic, isPrivate, publicCidrs }: Cluster): string {
  const open = publicCidrs.length === 0 || publicCidrs.includes('0.0.0.0/0');
  const reach = open ? '' : ` for ${publicCidrs.join(' ')}`;
  if (isPublic && isPrivate) return `public endpoint${reach}, and private`;
  return isPublic ? `public endpoint${reach}` : 'private endpoint';
}

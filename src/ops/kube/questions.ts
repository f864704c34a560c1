import type { KubeQuestion } from './client.ts';
import type { Permission } from './permission.ts';

/** Which Kubernetes it is. */
export const VERSION: KubeQuestion = { method: 'GET', path: '/version' };

/** From this minor version on SelfSubjectReview is there for good; one before, it was v1beta1. */
const REVIEW_MINOR = 28;

/** Asks who one is, in the versions of the question that a cluster may know, the likeliest first. */
export function reviewQuestions(clusterVersion: string | undefined): readonly [KubeQuestion, KubeQuestion] {
  const minor = Number(/^1\.(\d+)/.exec(clusterVersion ?? '')?.[1] ?? REVIEW_MINOR);
  const versions = ['v1', 'v1beta1'] as const;
  const [first, second] = minor >= REVIEW_MINOR ? versions : ([versions[1], versions[0]] as const);
  return [reviewQuestion(first), reviewQuestion(second)];
}

function reviewQuestion(version: string): KubeQuestion {
  return {
    method: 'POST',
    path: `/apis/authentication.k8s.io/${version}/selfsubjectreviews`,
    body: { apiVersion: `authentication.k8s.io/${version}`, kind: 'SelfSubjectReview' },
  };
}

/** Asks whether one may do something. */
export function accessQuestion({ verb, group, resource, subresource, namespace }: Permission): KubeQuestion {
  const attributes = { verb, group, resource, subresource, namespace };
  const given = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
  return {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: given },
    },
  };
}

import { HotpassError } from '../../errors.ts';

/** https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html */
const CLUSTER = /^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Checks the name of an EKS cluster. Throws `usage`. */
export function parseCluster(text: string): string {
  if (CLUSTER.test(text)) return text;
  throw wrong(text, 'cluster', 'is not the name of an EKS cluster', '--eks-cluster hotpass-staging');
}

/** Checks the ARN of a role. Throws `usage`. */
export function parseRoleArn(text: string): string {
  if (ROLE_ARN.test(text)) return text;
  throw wrong(text, 'role', 'is not the ARN of one', '--role-arn arn:aws:iam::123456789012:role/DataOps');
}

/** Checks the name of a Kubernetes namespace. Throws `usage`. */
export function parseNamespace(text: string): string {
  if (NAMESPACE.test(text)) return text;
  throw wrong(text, 'namespace', 'is not one of Kubernetes', '--namespace hotpass');
}

function wrong(text: string, what: string, why: string, example: string): HotpassError {
  return new HotpassError('usage', `${what} ${JSON.stringify(text.slice(0, 80))} ${why}`, {
    hint: `for example ${example}`,
  });
}

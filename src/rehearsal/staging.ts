import type {
  RehearsedAccessEntry,
  RehearsedAccount,
  RehearsedCaller,
  RehearsedCluster,
} from './aws/account.ts';
import type { CloudIssuer } from './cloud.ts';
import type { StartKubernetes } from './kube/options.ts';
import type { RehearsedInstance } from './ssm/options.ts';

export const REGION = 'eu-west-1';
export const ACCOUNT_ID = '123456789012';
/** What IAM Identity Center makes of a permission set: its suffix changes whenever the role is made anew. */
const ROLE = 'AWSReservedSSO_DataOps_1a2b3c4d5e6f7a8b';
const ROLE_MADE_ANEW = 'AWSReservedSSO_DataOps_9f8e7d6c5b4a3f2e';
const ROLE_PATH = `/aws-reserved/sso.amazonaws.com/${REGION}/`;
/** Whatever the suffix is. */
export const ROLE_PATTERN = '*DataOps*';
export const NAMESPACE = 'hotpass';
/** A service account of the namespace, and the role of the same name that it may take on. */
export const SERVICE_ACCOUNT = 'etl';

/** The names that the agent resolves. */
export const HOSTS = {
  prefect: 'prefect.staging.internal:4200',
  marquez: 'marquez.staging.internal:5000',
} as const;

export const CALLER: RehearsedCaller = {
  accessKeyId: 'AKIDREHEARSED',
  secretAccessKey: 'rehearsed-and-good-nowhere-else',
  arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${ROLE}/operator`,
};

export const INSTANCE: RehearsedInstance = {
  id: 'i-0abc12def3456789a',
  name: 'bastion-a',
  tags: { Name: 'bastion-a', Role: 'bastion' },
};

const SERVICE_ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/${SERVICE_ACCOUNT}`;
const GROUP = 'dataops';
const VIEW_POLICY = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';

/** A cluster that only its own network reaches, and that lets the role of the caller in. */
export const CLUSTER: RehearsedCluster = {
  name: 'hotpass-staging',
  region: REGION,
  isPublic: false,
  isPrivate: true,
  authenticationMode: 'API',
  accessEntries: [entryOf(ROLE)],
};

/** Entries of a cluster that knows the role of the caller no more, but one that was made anew in its place. */
export const OTHER_ENTRIES = [entryOf(ROLE_MADE_ANEW)];

function entryOf(role: string): RehearsedAccessEntry {
  const principalArn = `arn:aws:iam::${ACCOUNT_ID}:role${ROLE_PATH}${role}`;
  return { principalArn, groups: [GROUP], policies: [{ arn: VIEW_POLICY }] };
}

/** What is in it: a namespace of our own, and what the caller may do there. */
export const KUBERNETES: Pick<StartKubernetes, 'rules' | 'objects'> = {
  rules: [
    {
      name: GROUP,
      groups: [GROUP],
      verbs: ['*'],
      apiGroups: ['*'],
      resources: ['*'],
      namespaces: [NAMESPACE],
    },
  ],
  objects: [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: SERVICE_ACCOUNT,
        namespace: NAMESPACE,
        annotations: { 'eks.amazonaws.com/role-arn': SERVICE_ROLE_ARN },
      },
    },
  ],
};

/** The account around it, with a role that the service account takes on by the cluster's issuer. */
export function stagingAccount(issuer: CloudIssuer): RehearsedAccount {
  return {
    id: ACCOUNT_ID,
    callers: [CALLER],
    roles: [
      { name: ROLE, path: ROLE_PATH },
      {
        name: SERVICE_ACCOUNT,
        trustPolicy: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Federated: `arn:aws:iam::${ACCOUNT_ID}:oidc-provider/${issuer.name}` },
              Action: 'sts:AssumeRoleWithWebIdentity',
              Condition: {
                StringEquals: {
                  [`${issuer.name}:sub`]: `system:serviceaccount:${NAMESPACE}:${SERVICE_ACCOUNT}`,
                  [`${issuer.name}:aud`]: 'sts.amazonaws.com',
                },
              },
            },
          ],
        },
      },
    ],
  };
}

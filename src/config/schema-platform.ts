import type { JSONSchema } from 'json-schema-to-ts';
import { referencePattern, variablePattern } from './patterns.ts';

const oidcSchema = {
  description:
    'A role, and who takes it on: a service account of the cluster, or jobs of a GitHub repository.',
  type: 'object',
  additionalProperties: false,
  required: ['role'],
  properties: {
    role: { description: 'Name or ARN of the role.', type: 'string', minLength: 1 },
    serviceAccount: {
      description: 'NAMESPACE/NAME of the service account that takes it on (IRSA).',
      type: 'string',
      pattern: '^[a-z0-9.-]+/[a-z0-9.-]+$',
    },
    githubSubject: {
      description: 'Subject of the GitHub token, as repo:OWNER/NAME:ref:refs/heads/main.',
      type: 'string',
      minLength: 1,
    },
    audience: {
      description: 'Audience of the token. Default: sts.amazonaws.com.',
      type: 'string',
      minLength: 1,
    },
  },
} as const satisfies JSONSchema;

/** The `aws` block of a target. */
export const awsSchema = {
  description: 'The AWS account that this target lives in.',
  type: 'object',
  additionalProperties: false,
  properties: {
    profile: { description: 'Profile of the AWS config files.', type: 'string', minLength: 1 },
    region: { description: 'Region.', type: 'string', minLength: 1 },
    accounts: {
      description: 'Account ids that are right for this target, 12 digits each, in quotes.',
      type: 'array',
      items: { type: 'string', pattern: '^[0-9]{12}$' },
    },
    roles: {
      description: 'Names of roles that are right for this target; * stands for any characters.',
      type: 'array',
      items: { type: 'string', minLength: 1 },
    },
    roleArn: {
      description: 'Role that the credentials of the profile take on.',
      type: 'string',
      pattern: '^arn:[a-z-]+:iam::[0-9]{12}:role/[^\\s]+$',
    },
    oidc: {
      description: 'Roles that are taken on by web identity, for aws check --verify-oidc.',
      type: 'array',
      items: oidcSchema,
    },
  },
} as const satisfies JSONSchema;

/** The `eks` block of a target. */
export const eksSchema = {
  description: 'The Kubernetes cluster of this target.',
  type: 'object',
  additionalProperties: false,
  properties: {
    cluster: { description: 'Name of the EKS cluster.', type: 'string', minLength: 1 },
    clusters: {
      description: 'Names of further clusters that are right for this target; * stands for any characters.',
      type: 'array',
      items: { type: 'string', minLength: 1 },
    },
    permissions: {
      description:
        'What aws check asks whether one may: VERB RESOURCE, as kubectl auth can-i takes them, with RESOURCE[.GROUP][/SUBRESOURCE] and perhaps "in NAMESPACE".',
      type: 'array',
      items: { type: 'string', pattern: '^[a-z*]+ [a-z0-9*.-]+(/[a-z]+)?( in [a-z0-9.-]+)?$' },
    },
    context: { description: 'Name of the kube context.', type: 'string', minLength: 1 },
    namespace: { description: 'Namespace of the kube context.', type: 'string', minLength: 1 },
  },
} as const satisfies JSONSchema;

/** The `prefect` block of a target. */
export const prefectSchema = {
  description: 'The Prefect profile of this target.',
  type: 'object',
  additionalProperties: false,
  properties: { profile: { description: 'Name of the Prefect profile.', type: 'string', minLength: 1 } },
} as const satisfies JSONSchema;

/** The `env` block of a target. */
export const envSchema = {
  description: 'What .env.TARGET is made from, beside the live tunnels.',
  type: 'object',
  additionalProperties: false,
  properties: {
    set: {
      description: 'Variables with their values. Numbers and booleans want quotes.',
      type: 'object',
      propertyNames: { pattern: variablePattern },
      additionalProperties: { type: 'string' },
    },
    secrets: {
      description: 'Variables with a reference to a secret, such as ssm:/path; never the secret itself.',
      type: 'object',
      propertyNames: { pattern: variablePattern },
      additionalProperties: { type: 'string', pattern: referencePattern },
    },
  },
} as const satisfies JSONSchema;

/** The `arc` block of a target. */
export const arcSchema = {
  description: 'The GitHub runner scale set of this target.',
  type: 'object',
  additionalProperties: false,
  properties: {
    owner: { description: 'GitHub owner.', type: 'string', minLength: 1 },
    repository: { description: 'GitHub repository, without the owner.', type: 'string', minLength: 1 },
    scaleSet: { description: 'Name of the runner scale set.', type: 'string', minLength: 1 },
    namespace: { description: 'Namespace of the runner pods.', type: 'string', minLength: 1 },
  },
} as const satisfies JSONSchema;

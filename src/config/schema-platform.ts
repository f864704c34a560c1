import type { JSONSchema } from 'json-schema-to-ts';
import { referencePattern, variablePattern } from './patterns.ts';

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
  },
} as const satisfies JSONSchema;

/** The `eks` block of a target. */
export const eksSchema = {
  description: 'The Kubernetes cluster of this target.',
  type: 'object',
  additionalProperties: false,
  properties: {
    cluster: { description: 'Name of the EKS cluster.', type: 'string', minLength: 1 },
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

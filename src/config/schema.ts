import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import { durationPattern, hostPattern, jumpPattern, linePattern, namePattern } from './patterns.ts';
import { arcSchema, awsSchema, eksSchema, envSchema, prefectSchema } from './schema-platform.ts';

const duration = {
  type: ['string', 'number'],
  pattern: durationPattern,
  minimum: 0,
} as const satisfies JSONSchema;

const forwardSchema = {
  description: 'One forward: a local port that leads to a service behind the bastion.',
  type: 'object',
  additionalProperties: false,
  properties: {
    host: {
      description: 'Host of the service, as the bastion (with direct: this machine) resolves it.',
      type: 'string',
      pattern: hostPattern,
    },
    port: {
      description: 'Port of the service, 1 to 65535.',
      type: 'integer',
      minimum: 1,
      maximum: 65535,
    },
    local: {
      description: 'Local port to listen on, 1 to 65535. Left out, hotpass chooses one and keeps it.',
      type: 'integer',
      minimum: 1,
      maximum: 65535,
    },
    probe: {
      description: 'How to see that the right service answers.',
      enum: ['prefect', 'marquez', 'http', 'tcp', 'none'],
    },
    path: {
      description: 'Path that the http probe asks for, beginning with a slash.',
      type: 'string',
      pattern: '^/[^\\s]*$',
    },
  },
} as const satisfies JSONSchema;

const sshSchema = {
  description: 'The bastion, and how the system ssh reaches it.',
  type: 'object',
  additionalProperties: false,
  properties: {
    host: {
      description: 'Bastion host, or an alias of the ssh config.',
      type: 'string',
      pattern: hostPattern,
    },
    user: {
      description: 'Login name on the bastion.',
      type: 'string',
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_.+@-]*$',
    },
    port: { description: 'Port of sshd, 1 to 65535.', type: 'integer', minimum: 1, maximum: 65535 },
    identity: {
      description: 'Private key file. A leading ~ is the home folder.',
      type: 'string',
      minLength: 1,
    },
    jump: {
      description: 'Hosts to jump through, each [USER@]HOST[:PORT]: one, or a list from near to far.',
      type: ['string', 'array'],
      pattern: jumpPattern,
      items: { type: 'string', pattern: jumpPattern },
    },
    options: {
      description:
        'More ssh options by name. Those that run a command, hand out a credential or weaken the host key check are taken from the user config only.',
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9]*$' },
      additionalProperties: { type: 'string', pattern: linePattern },
    },
    configFile: {
      description: 'ssh config file to use in place of ~/.ssh/config. Taken from the user config only.',
      type: 'string',
      minLength: 1,
    },
  },
} as const satisfies JSONSchema;

const netSchema = {
  description: 'The tunnel of this target.',
  type: 'object',
  additionalProperties: false,
  properties: {
    via: { description: 'Transport of the tunnel.', enum: ['ssh-bastion', 'ssm', 'direct'] },
    ssm: {
      description:
        'How SSM reaches the far side: the instance that its sessions go through, by id, name or tag.',
      type: 'object',
      additionalProperties: false,
      properties: {
        instance: {
          description: 'Instance: i-…, mi-…, ecs:CLUSTER_TASK_RUNTIME, or a name.',
          type: 'string',
          minLength: 1,
          pattern: linePattern,
        },
        tag: {
          description: 'Tags of which the instance must have all.',
          type: 'object',
          additionalProperties: { type: 'string' },
        },
        channels: {
          description: 'Sessions a forward, 1 to 16: more of them carry more at a time. Default 1.',
          type: 'integer',
          minimum: 1,
          maximum: 16,
        },
        reason: {
          description: 'Shown in the session list of the account; up to 256 characters.',
          type: 'string',
          minLength: 1,
          pattern: linePattern,
        },
        client: {
          description: 'What carries the sessions: hotpass itself, or the session-manager-plugin of AWS.',
          enum: ['native', 'plugin'],
        },
      },
    },
    ssh: sshSchema,
    forwards: {
      description: 'Forwards by name. eks: {} leads to the API endpoint of the EKS cluster of the target.',
      type: 'object',
      propertyNames: { pattern: namePattern },
      additionalProperties: forwardSchema,
    },
    bind: {
      description: 'Address, or list of addresses, to listen on. Default: loopback.',
      type: ['string', 'array'],
      minLength: 1,
      items: { type: 'string', minLength: 1 },
    },
    hold: {
      description: 'How long clients are held during a reconnect: 30s, 2m, or seconds. Default 30s.',
      ...duration,
    },
    timeout: {
      description: 'How long net up waits until the tunnel works: 30s, 2m, or seconds.',
      ...duration,
    },
    autoPort: { description: 'Take the next free port when one is busy.', type: 'boolean' },
    require: {
      description: 'What must work for net up to succeed: the transport alone, or the service too.',
      enum: ['transport', 'service'],
    },
  },
} as const satisfies JSONSchema;

const targetSchema = {
  description: 'One target: an environment to reach.',
  type: 'object',
  additionalProperties: false,
  properties: {
    aws: awsSchema,
    eks: eksSchema,
    net: netSchema,
    prefect: prefectSchema,
    env: envSchema,
    arc: arcSchema,
    protected: { description: 'Changing verbs want --confirm TARGET.', type: 'boolean' },
    readOnly: { description: 'Changing verbs refuse.', type: 'boolean' },
  },
} as const satisfies JSONSchema;

/** The schema of `hotpass.yaml`, `hotpass.local.yaml` and the user's own `config.yaml`. */
export const configSchema = {
  title: 'hotpass.yaml',
  description: 'Config of hotpass. hotpass.local.yaml and the user config have the same form.',
  type: 'object',
  additionalProperties: false,
  required: ['version'],
  properties: {
    $schema: { description: 'Where editors find this schema.', type: 'string' },
    version: { description: 'Version of this format.', const: 1 },
    defaultTarget: {
      description: 'Target of verbs that name none. Default: staging.',
      type: 'string',
      pattern: namePattern,
    },
    targets: {
      description: 'Targets by name.',
      type: 'object',
      propertyNames: { pattern: namePattern },
      additionalProperties: targetSchema,
    },
  },
} as const satisfies JSONSchema;

/** One config file. */
export type ConfigFile = FromSchema<typeof configSchema>;

/** The block of one target. */
export type TargetConfig = FromSchema<typeof targetSchema>;

import { ownerSchema } from './owner-schema.ts';

const name = { type: 'string', minLength: 1 } as const;

/** The schema of the machine-wide port ledger. */
export const portsSchema = {
  title: 'ports.json: which target a local port belongs to, on this machine and for this user',
  type: 'object',
  required: ['version', 'leases'],
  additionalProperties: false,
  properties: {
    version: { const: 1 },
    leases: {
      type: 'array',
      description: 'Oldest grant first. A port occurs once.',
      items: {
        type: 'object',
        required: ['project', 'target', 'label', 'forward', 'port', 'leasedAt'],
        additionalProperties: false,
        properties: {
          project: { type: 'string', pattern: '^/', description: 'State folder of the project, absolute.' },
          target: name,
          label: name,
          forward: name,
          port: { type: 'integer', minimum: 1, maximum: 65_535 },
          leasedAt: {
            type: 'string',
            pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$',
            description: 'UTC, ISO 8601.',
          },
          mount: {
            type: 'string',
            pattern: '^/',
            description:
              'Where the disk of the project is mounted: without it the project is away, not gone.',
          },
          sshConfig: {
            type: 'string',
            pattern: '^/',
            description: 'The ssh config file that the session was opened with, where one was named.',
          },
          ssm: {
            type: 'string',
            minLength: 1,
            description: 'The instance, profile and region that the session was opened with, via ssm.',
          },
          grantedBy: {
            ...ownerSchema,
            description: 'The net up that asked for the port and waits until its session listens there.',
          },
        },
      },
    },
  },
} as const;

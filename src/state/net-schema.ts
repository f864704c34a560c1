import { ownerSchema } from './owner-schema.ts';

const port = { type: 'integer', minimum: 1, maximum: 65_535 } as const;
const file = { type: 'string', pattern: '^/' } as const;
const text = { type: 'string', minLength: 1 } as const;
// A file may come with a repository of somebody else's, and names are printed and written into commands.
const name = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' } as const;

/** The schema of `.hotpass/net.json`. */
export const netSchema = {
  title: 'net.json: sessions of this project',
  type: 'object',
  required: ['version', 'sessions'],
  additionalProperties: false,
  properties: {
    version: { const: 1 },
    sessions: {
      type: 'array',
      items: {
        type: 'object',
        required: [
          'id',
          'label',
          'target',
          'via',
          'createdAt',
          'owner',
          'nonce',
          'socket',
          'log',
          'foreground',
          'forwards',
        ],
        additionalProperties: false,
        properties: {
          id: { type: 'string', pattern: '^[0-9a-f]{16}$' },
          label: { ...name, description: 'Unique within the file.' },
          target: name,
          via: { enum: ['ssh-bastion', 'ssm', 'direct'] },
          createdAt: {
            type: 'string',
            pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$',
            description: 'UTC, ISO 8601.',
          },
          owner: ownerSchema,
          nonce: {
            type: 'string',
            pattern: '^[0-9a-f]{32}$',
            description: 'In the environment of every child of the session.',
          },
          socket: { type: 'string', pattern: '^/', description: 'Control socket, absolute.' },
          log: { ...text, description: 'Relative to the state folder.' },
          foreground: { type: 'boolean' },
          lent: { type: 'boolean', description: 'Ends with the last command that uses it (`net exec`).' },
          gateway: {
            type: 'object',
            required: ['host'],
            additionalProperties: false,
            properties: {
              host: text,
              user: text,
              port,
              identity: { ...file, description: 'Private key.' },
              jump: { type: 'array', items: text, description: 'From near to far.' },
              configFile: { ...file, description: 'In place of ~/.ssh/config.' },
              options: {
                type: 'array',
                items: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9]*$' },
                description: 'Names of further ssh options. Their values may be secret and are not recorded.',
              },
            },
          },
          ssm: {
            type: 'object',
            required: ['instance', 'channels', 'client'],
            additionalProperties: false,
            properties: {
              instance: {
                type: 'object',
                minProperties: 1,
                maxProperties: 1,
                additionalProperties: false,
                properties: {
                  id: text,
                  name: text,
                  tags: { type: 'object', minProperties: 1, additionalProperties: { type: 'string' } },
                },
              },
              profile: { ...text, description: 'Of the AWS config files.' },
              region: text,
              roleArn: { ...text, description: 'Role that the credentials take on.' },
              reason: { ...text, description: 'Shown in the session list of the account.' },
              channels: { type: 'integer', minimum: 1, maximum: 16, description: 'Sessions a forward.' },
              client: { enum: ['native', 'plugin'] },
              sessions: {
                type: 'array',
                items: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_+=,.@-]{0,95}$' },
                description: 'SessionIds that are open, to be ended by whoever finds this session dead.',
              },
            },
          },
          holdMs: { type: 'number', minimum: 0, description: 'Absent in records of older versions.' },
          timeoutMs: { type: 'number', minimum: 0 },
          confirmed: {
            const: true,
            description: 'It was opened with --confirm: a protected target is not asked about again.',
          },
          forwards: {
            type: 'array',
            items: {
              type: 'object',
              required: ['name', 'bind', 'localPort', 'host', 'port', 'probe'],
              additionalProperties: false,
              properties: {
                name,
                bind: { type: 'array', items: text, description: 'Local addresses listened on.' },
                localPort: port,
                host: text,
                port,
                probe: { enum: ['prefect', 'marquez', 'eks', 'http', 'tcp', 'none'] },
                movedFrom: { ...port, description: 'The port that was wanted and could not be had.' },
                path: {
                  type: 'string',
                  pattern: '^/[^?\\s]*$',
                  description: 'Path that the http probe asks for, without its query.',
                },
                hasQuery: {
                  const: true,
                  description: 'The path has a query. It may be secret and is not recorded.',
                },
                cluster: {
                  type: 'object',
                  description: 'The EKS cluster whose API endpoint host and port are.',
                  required: ['name', 'region', 'ca'],
                  additionalProperties: false,
                  properties: {
                    name: text,
                    region: text,
                    ca: { ...text, description: 'Certificate of its own authority, PEM.' },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
} as const;

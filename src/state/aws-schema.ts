const text = { type: 'string', minLength: 1 } as const;
// A file may come with a repository of somebody else's, and names are printed and written into commands.
const name = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' } as const;
const count = { type: 'integer', minimum: 0 } as const;

/** The schema of `.hotpass/aws.json`. */
export const awsSchema = {
  title: 'aws.json: what the last `aws check` of each target found out',
  type: 'object',
  required: ['version', 'checks'],
  additionalProperties: false,
  properties: {
    version: { const: 1 },
    checks: {
      type: 'array',
      description: 'One for each target. Nothing in it is secret.',
      items: {
        type: 'object',
        required: [
          'target',
          'checkedAt',
          'verdict',
          'region',
          'profile',
          'identity',
          'cluster',
          'counts',
          'links',
        ],
        additionalProperties: false,
        properties: {
          target: { ...name, description: 'Unique within the file.' },
          checkedAt: {
            type: 'string',
            pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$',
            description: 'UTC, ISO 8601.',
          },
          verdict: { enum: ['ok', 'failed'], description: '`failed` when a link is broken.' },
          region: { ...text, type: ['string', 'null'], description: 'null: nobody named one.' },
          profile: { type: ['string', 'null'], description: 'null: keys of the environment.' },
          identity: {
            type: ['object', 'null'],
            description: 'Who STS said it is; null when it did not say.',
            required: ['account', 'arn', 'userId'],
            additionalProperties: false,
            properties: {
              account: { type: 'string', pattern: '^[0-9]{12}$' },
              arn: text,
              userId: { type: 'string' },
            },
          },
          cluster: {
            type: ['object', 'null'],
            description:
              'What EKS said of the cluster, without its certificate; null when none was described.',
          },
          counts: {
            type: 'object',
            required: ['ok', 'failed', 'skipped'],
            additionalProperties: false,
            properties: { ok: count, failed: count, skipped: count },
          },
          links: {
            type: 'array',
            description: 'The links of the chain, in order.',
            items: {
              type: 'object',
              required: ['id', 'state', 'saw'],
              additionalProperties: false,
              properties: {
                id: text,
                state: { enum: ['ok', 'failed', 'skipped'] },
                saw: { type: 'string', description: 'What was seen, or why it was not looked at.' },
                evidence: {
                  type: 'array',
                  items: { type: 'array', minItems: 2, maxItems: 2, items: { type: 'string' } },
                },
                code: text,
                next: { type: 'string', description: 'The command to type next.' },
                facts: { description: 'Plain data behind it.' },
              },
            },
          },
        },
      },
    },
  },
} as const;

/** The schema of the identity of a process, used inside other schemas. */
export const ownerSchema = {
  type: 'object',
  description: 'Identity of a process: a process id alone may be a stranger after some time.',
  required: ['host', 'boot', 'namespace', 'pid', 'started'],
  additionalProperties: false,
  properties: {
    host: { type: 'string', minLength: 1, description: 'Name and id of the machine.' },
    boot: { type: 'string', minLength: 1, description: 'Id of the boot of that machine.' },
    namespace: { type: 'string', description: 'PID namespace; empty where the system has none.' },
    pid: { type: 'integer', minimum: 1 },
    started: {
      type: 'string',
      minLength: 1,
      description: 'When the process started, as the system says it.',
    },
  },
} as const;

import type { OptionSpec } from '../../command.ts';

/** The options of every verb that touches AWS: whose credentials, and where. */
export const placeOptions = {
  profile: {
    type: 'string',
    describe: 'AWS profile',
    value: 'PROFILE',
    fallback: 'AWS_PROFILE, or the keys of the environment',
    variable: 'HOTPASS_AWS_PROFILE',
  },
  region: {
    type: 'string',
    describe: 'AWS region',
    value: 'REGION',
    fallback: 'AWS_REGION, or what the profile says',
    variable: 'HOTPASS_AWS_REGION',
  },
  roleArn: {
    type: 'string',
    describe: 'Role that the credentials take on',
    value: 'ARN',
    fallback: 'aws.roleArn of the config',
    variable: 'HOTPASS_AWS_ROLE_ARN',
  },
} as const satisfies Record<string, OptionSpec>;

import type { AwsPlace } from '../../aws.ts';
import { type Choices, configured, flag } from '../../config/choose.ts';
import type { Config } from '../../config/load.ts';
import { readChosen } from '../net/read-chosen.ts';
import { parseProfile, parseRegion } from '../net/via-ssm/parse-ssm.ts';
import { parseRoleArn } from './parse-names.ts';

/** What a command line says about the account. */
export interface PlaceArgs {
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  readonly roleArn?: string | undefined;
}

/**
 * Chooses profile, region and role: flag, HOTPASS_*, config, then AWS's own variables. Throws `usage` for what is
 * none.
 */
export function choosePlace(args: PlaceArgs, config: Config, choices: Choices): AwsPlace {
  const roleArn = choices.choose(
    'role-arn',
    flag(args.roleArn, 'role-arn'),
    config.variable('HOTPASS_AWS_ROLE_ARN'),
    configured(config, config.values.aws?.roleArn, ['aws', 'roleArn']),
  );
  const place = chooseProfileAndRegion(args, config, choices);
  const originOf = (name: string) => choices.chosen.find((choice) => choice.name === name)?.origin;
  return {
    ...place,
    origins: { profile: originOf('profile'), region: originOf('region') },
    ...(roleArn === undefined
      ? {}
      : { roleArn: readChosen(choices, 'role-arn', () => parseRoleArn(roleArn)) }),
  };
}

/** Chooses profile and region alone, as `choosePlace` does. */
export function chooseProfileAndRegion(
  args: PlaceArgs,
  config: Config,
  choices: Choices,
): Pick<AwsPlace, 'profile' | 'region'> {
  const { aws } = config.values;
  const profile = choices.choose(
    'profile',
    flag(args.profile, 'profile'),
    config.variable('HOTPASS_AWS_PROFILE'),
    configured(config, aws?.profile, ['aws', 'profile']),
    ambientProfile(config),
  );
  const region = choices.choose(
    'region',
    flag(args.region, 'region'),
    config.variable('HOTPASS_AWS_REGION'),
    configured(config, aws?.region, ['aws', 'region']),
    config.variable('AWS_REGION'),
  );
  return {
    ...(profile === undefined
      ? {}
      : { profile: readChosen(choices, 'profile', () => parseProfile(profile)) }),
    ...(region === undefined ? {} : { region: readChosen(choices, 'region', () => parseRegion(region)) }),
  };
}

/** As for the AWS CLI, keys of the environment count before the profile that it names. */
function ambientProfile(config: Config) {
  const hasKeys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].every((name) => config.variable(name));
  return hasKeys ? undefined : config.variable('AWS_PROFILE');
}

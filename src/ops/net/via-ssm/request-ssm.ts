import { type Choices, configured, fallback, flag } from '../../../config/choose.ts';
import type { Config } from '../../../config/load.ts';
import { HotpassError } from '../../../errors.ts';
import { choosePlace } from '../../aws/choose-place.ts';
import { type InstanceWish, SSM_CLIENTS, type SsmGateway } from '../plan.ts';
import { readChosen } from '../read-chosen.ts';
import type { UpArgs } from '../request.ts';
import { isInstanceId, parseInstance, parseTags } from './parse-instance.ts';
import { parseChannels, parseReason } from './parse-ssm.ts';

/**
 * Makes the checked description of how SSM reaches the far side. Throws `no-instance`, and the code of whatever value is
 * wrong.
 */
export function requestSsm(args: UpArgs, config: Config, choices: Choices): SsmGateway {
  const { ssm } = config.values.net ?? {};
  const fromFile = <T>(value: T | undefined, key: string) => configured(config, value, ['net', 'ssm', key]);
  const read = <T>(name: string, parse: () => T) => readChosen(choices, name, parse);
  const instance = chooseInstance(args, config, choices);
  const place = choosePlace(args, config, choices);
  const reason = choices.choose('reason', flag(args.reason, 'reason'), fromFile(ssm?.reason, 'reason'));
  const channels = choices.choose(
    'channels',
    flag(args.channels, 'channels'),
    fromFile(ssm?.channels, 'channels'),
    fallback(1),
  );
  const client = choices.choose(
    'ssm-client',
    flag(args.ssmClient, 'ssm-client'),
    fromFile(ssm?.client, 'client'),
    fallback('native'),
  );
  return {
    instance,
    ...(place.profile === undefined ? {} : { profile: place.profile }),
    ...(place.region === undefined ? {} : { region: place.region }),
    ...(place.roleArn === undefined ? {} : { roleArn: place.roleArn }),
    ...(reason === undefined ? {} : { reason: read('reason', () => parseReason(reason)) }),
    channels: read('channels', () => parseChannels(channels ?? 1)),
    client: SSM_CLIENTS.find((word) => word === client) ?? 'native',
  };
}

function chooseInstance(args: UpArgs, config: Config, choices: Choices): InstanceWish {
  const { ssm } = config.values.net ?? {};
  const fromFile = <T>(value: T | undefined, key: string) => configured(config, value, ['net', 'ssm', key]);
  // The Python original names the instance there, too.
  const bastion = config.variable('HOTPASS_BASTION_HOST');
  const chosen = choices.choose<string | Readonly<Record<string, string>>>(
    'instance',
    flag(args.instance, 'instance'),
    flag(args.host, 'host'),
    config.variable('HOTPASS_INSTANCE'),
    fromFile(ssm?.instance, 'instance'),
    fromFile(ssm?.tag, 'tag'),
    bastion !== undefined && isInstanceId(bastion.value) ? bastion : undefined,
  );
  if (chosen === undefined) {
    const lack = config.project.configFolder === undefined ? '; no hotpass.yaml in this folder or above' : '';
    throw new HotpassError('no-instance', `no instance for target ${config.target.value}${lack}`, {
      hint: `--instance INSTANCE, or targets.${config.target.value}.net.ssm.instance in hotpass.yaml`,
    });
  }
  return readChosen(choices, 'instance', () =>
    typeof chosen === 'string' ? parseInstance(chosen) : parseTags(chosen),
  );
}

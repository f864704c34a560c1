import { type Choices, configured, fallback, flag } from '../../config/choose.ts';
import type { Config } from '../../config/load.ts';
import { resolvePath } from '../../config/paths.ts';
import { HotpassError } from '../../errors.ts';
import type { System } from '../../system.ts';
import { parseHost, parseJump, parsePort, parseSshOption, parseUser } from './parse.ts';
import type { Gateway } from './plan.ts';
import { readChosen } from './read-chosen.ts';
import type { UpArgs } from './request.ts';
import { RESERVED_OPTIONS } from './ssh/argv.ts';

/**
 * Makes the checked description of how ssh reaches the bastion. Throws `no-host`, and the code of whatever value is
 * wrong.
 */
export function requestGateway(
  sys: Pick<System, 'cwd' | 'home'>,
  args: UpArgs,
  config: Config,
  choices: Choices,
): Gateway {
  const ssh = config.values.net?.ssh;
  const fromFile = <T>(value: T | undefined, key: string) => configured(config, value, ['net', 'ssh', key]);
  const read = <T>(name: string, parse: () => T) => readChosen(choices, name, parse);
  const host = choices.choose(
    'host',
    flag(args.host, 'host'),
    config.variable('HOTPASS_BASTION_HOST'),
    fromFile(ssh?.host, 'host'),
  );
  if (host === undefined) {
    // A script in the wrong folder is what this mostly is.
    const lack = config.project.configFolder === undefined ? '; no hotpass.yaml in this folder or above' : '';
    throw new HotpassError('no-host', `no bastion host for target ${config.target.value}${lack}`, {
      hint: `--host HOST, or targets.${config.target.value}.net.ssh.host in hotpass.yaml`,
    });
  }
  // Left out, ssh_config and ssh's own default decide: a user of ours would override the operator's `User` lines.
  const user = choices.choose(
    'ssh-user',
    flag(args.sshUser, 'ssh-user'),
    config.variable('HOTPASS_BASTION_USER'),
    fromFile(ssh?.user, 'user'),
  );
  const port = choices.choose<string | number>(
    'ssh-port',
    flag(args.sshPort, 'ssh-port'),
    config.variable('HOTPASS_BASTION_PORT'),
    fromFile(ssh?.port, 'port'),
  );
  const identity = choices.choose(
    'identity',
    flag(args.identity, 'identity'),
    config.variable('HOTPASS_SSH_IDENTITY'),
    fromFile(ssh?.identity, 'identity'),
  );
  const jump = choices.choose(
    'jump',
    flag(args.jump.length === 0 ? undefined : args.jump, 'jump'),
    fromFile(typeof ssh?.jump === 'string' ? [ssh.jump] : ssh?.jump, 'jump'),
    fallback<readonly string[]>([]),
  );
  const options = choices.choose(
    'ssh-option',
    flag(args.sshOption.length === 0 ? undefined : args.sshOption, 'ssh-option'),
    fromFile(
      ssh?.options && Object.entries(ssh.options).map(([name, value]) => `${name}=${value}`),
      'options',
    ),
    fallback<readonly string[]>([]),
  );
  const configFile = choices.choose(
    'ssh-config',
    flag(args.sshConfig, 'ssh-config'),
    fromFile(ssh?.configFile, 'configFile'),
  );
  return {
    host: read('host', () => parseHost(host, 'bastion host')),
    ...(user === undefined ? {} : { user: read('ssh-user', () => parseUser(user)) }),
    ...(port === undefined ? {} : { port: read('ssh-port', () => parsePort(port, 'ssh port')) }),
    ...(identity === undefined ? {} : { identity: resolvePath(identity, sys.cwd, sys.home) }),
    jump: read('jump', () => (jump ?? []).flatMap((text) => text.split(',')).map(parseJump)),
    options: read('ssh-option', () =>
      (options ?? []).map((option) => parseSshOption(option, RESERVED_OPTIONS)),
    ),
    ...(configFile === undefined ? {} : { configFile: resolvePath(configFile, sys.cwd, sys.home) }),
  };
}

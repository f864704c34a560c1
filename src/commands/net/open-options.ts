import type { OptionSpec } from '../../command.ts';
import { olderForwardOptions } from './forward-options.ts';

/** The options of every verb that opens a session: where it leads, and by which way. */
export const openOptions = {
  via: {
    type: 'string',
    describe: 'How to reach the far side',
    choices: ['ssh-bastion', 'direct'],
    fallback: 'ssh-bastion',
    variable: 'HOTPASS_VIA',
  },
  host: {
    type: 'string',
    describe: 'Bastion: a host, or an alias of ssh_config',
    value: 'HOST',
    variable: 'HOTPASS_BASTION_HOST',
  },
  sshUser: {
    type: 'string',
    describe: 'Login on the bastion',
    value: 'USER',
    fallback: 'what ssh_config says',
    variable: 'HOTPASS_BASTION_USER',
  },
  sshPort: {
    type: 'number',
    describe: 'Port of sshd on the bastion',
    value: 'PORT',
    fallback: 'what ssh_config says',
    variable: 'HOTPASS_BASTION_PORT',
    advanced: true,
  },
  identity: {
    type: 'string',
    describe: 'Private key; no other key is tried',
    value: 'FILE',
    complete: 'file',
    variable: 'HOTPASS_SSH_IDENTITY',
  },
  jump: {
    type: 'string',
    describe: 'Host to jump through, from near to far',
    value: '[USER@]HOST[:PORT]',
    repeat: true,
  },
  forward: {
    type: 'string',
    describe: 'Local port that leads to a service; IPv6 hosts in brackets',
    value: 'NAME=[LOCAL:]HOST:PORT',
    repeat: true,
  },
  label: {
    type: 'string',
    describe: 'Name of the session',
    value: 'LABEL',
    fallback: 'the target',
    complete: 'label',
  },
  bind: {
    type: 'string',
    describe: 'Address to listen on',
    value: 'ADDRESS',
    repeat: true,
    fallback: '127.0.0.1, and ::1 where there is one',
  },
  autoPort: {
    type: 'boolean',
    describe: 'Let a busy port move to the next free one',
    fallback: 'only if this target never had the port',
  },
  timeout: {
    type: 'duration',
    describe: 'How long to wait until the tunnels work',
    fallback: '30s',
    variable: 'HOTPASS_TIMEOUT',
  },
  require: {
    type: 'string',
    describe: 'What must work to be ready',
    choices: ['service', 'transport'],
    fallback: 'service',
  },
  hold: {
    type: 'duration',
    describe: 'How long a client waits during a reconnect before it is refused',
    fallback: '30s',
    variable: 'HOTPASS_HOLD',
    advanced: true,
  },
  sshOption: {
    type: 'string',
    describe: 'More options of ssh; those that hotpass sets itself are refused',
    value: 'NAME=VALUE',
    repeat: true,
    advanced: true,
  },
  sshConfig: {
    type: 'string',
    describe: 'ssh config file in place of ~/.ssh/config',
    value: 'FILE',
    complete: 'file',
    advanced: true,
  },
  ...olderForwardOptions,
} as const satisfies Record<string, OptionSpec>;

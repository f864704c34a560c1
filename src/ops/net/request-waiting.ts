import { type Choices, configured, fallback, flag } from '../../config/choose.ts';
import type { Config, Setting } from '../../config/load.ts';
import { parseDuration } from '../../duration.ts';
import { HotpassError } from '../../errors.ts';
import { REQUIREMENTS, type Requirement, type TunnelPlan } from './plan.ts';
import type { TunnelRequest, UpArgs } from './request.ts';

const TIMEOUT_MS = 30_000;

/** How long to wait for a session, and what of it must work. */
export type Waiting = Pick<TunnelPlan, 'timeoutMs'> & Pick<TunnelRequest, 'require'>;

/** Makes the part of a request that also counts for a session that is up already. Throws `usage`. */
export function requestWaiting(
  args: Pick<UpArgs, 'timeout' | 'require'>,
  config: Config,
  choices: Choices,
): Waiting {
  const net = config.values.net;
  return {
    timeoutMs:
      choices.choose(
        'timeout',
        flag(args.timeout, 'timeout'),
        inMilliseconds(config.variable('HOTPASS_TIMEOUT')),
        inMilliseconds(configured(config, net?.timeout, ['net', 'timeout'])),
        fallback(TIMEOUT_MS),
      ) ?? TIMEOUT_MS,
    require: oneOf<Requirement>(
      choices.choose(
        'require',
        flag(args.require, 'require'),
        configured(config, net?.require, ['net', 'require']),
        fallback('service'),
      ),
      REQUIREMENTS,
      'require',
    ),
  };
}

/** Reads a duration, into milliseconds. Throws `usage`. */
export function inMilliseconds(setting: Setting<string | number> | undefined): Setting<number> | undefined {
  if (setting === undefined) return undefined;
  const value = parseDuration(String(setting.value));
  if (value !== undefined) return { value, origin: setting.origin };
  throw new HotpassError('usage', `${setting.origin}: "${setting.value}" is not a duration`, {
    hint: 'write 30s, 10m, 1h, 500ms or bare seconds',
  });
}

/** Reads one of the words that a flag takes. Throws `usage`. */
export function oneOf<T extends string>(value: string | undefined, allowed: readonly T[], what: string): T {
  const found = allowed.find((word) => word === value);
  if (found !== undefined) return found;
  throw new HotpassError('usage', `--${what} ${value} is not one of ${allowed.join(', ')}`, {
    hint: `hotpass net up --${what} ${allowed[0]}`,
  });
}

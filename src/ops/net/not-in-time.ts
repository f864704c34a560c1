import { HotpassError } from '../../errors.ts';
import type { TunnelPlan } from './plan.ts';

const SLOW_LOGIN_SECONDS = 30;

/** Makes the error for a session that was not up when its time was over; `missing` is what was still waited for. */
export function notInTime({ label, timeoutMs }: TunnelPlan, missing: string): HotpassError {
  const longer = Math.max(SLOW_LOGIN_SECONDS, Math.ceil((2 * timeoutMs) / 1000));
  return new HotpassError('not-ready', `not ready within ${timeoutMs / 1000} s: ${missing} yet`, {
    hint: `hotpass net logs ${label}  (more time: --timeout ${longer}s)`,
  });
}

import { createChoices } from '../../config/choose.ts';
import { type AskedConfig, loadConfig } from '../../config/load.ts';
import { requestTunnel, type UpArgs } from '../../ops/net/request.ts';
import type { System } from '../../system.ts';
import { renderChoices } from './render-up.ts';

/** Prints which target a verb takes and why, and does nothing to its sessions. */
export async function explainTarget(asked: AskedConfig, sys: System): Promise<0> {
  const { target } = await loadConfig(sys, asked);
  sys.out.result([{ name: 'target', ...target }], renderChoices);
  return 0;
}

/** Prints where each value of a session comes from, and opens nothing. */
export async function explainOpening(args: UpArgs & AskedConfig, sys: System): Promise<0> {
  const choices = createChoices();
  requestTunnel(sys, args, await loadConfig(sys, args), choices);
  sys.out.result(choices.chosen, renderChoices);
  return 0;
}

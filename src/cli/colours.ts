import type { Environment, Terminal } from '../system.ts';

/** What a stream may carry: 0 no colour, 1 the terminal's own 16 colours. */
export type ColourLevel = 0 | 1;

/** Decides whether a stream gets colours: `--no-color`, NO_COLOR, FORCE_COLOR, TERM, then whether it is a terminal. */
export function chooseColour(
  noColor: boolean,
  env: Environment,
  terminal: Pick<Terminal, 'stdout' | 'stderr'>,
  stream: 'stdout' | 'stderr',
): ColourLevel {
  if (noColor || (env.NO_COLOR ?? '') !== '') return 0;
  if (env.FORCE_COLOR !== undefined) return ['0', 'false'].includes(env.FORCE_COLOR) ? 0 : 1;
  if (env.TERM === 'dumb') return 0;
  return terminal[stream] ? 1 : 0;
}

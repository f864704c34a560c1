import { directly } from './stage.ts';

/** The arguments of a `net exec` that connects directly, up to the command. */
export function execDirectly(...forwards: readonly string[]): string[] {
  const [, ...options] = directly(...forwards);
  return ['exec', ...options, '--'];
}

/** A command that runs a piece of JavaScript. */
export function script(code: string): string[] {
  return [process.execPath, '-e', code];
}

import * as module from 'node:module';
import { isAbsolute, join } from 'node:path';
import type { Environment } from '../system.ts';

/**
 * Keeps compiled code for the next start, where Node can (22.1 and later). In a folder of the user's own: Node's
 * default below the shared temp folder would run code that somebody else has put there.
 */
export function keepCompiledCode({ env }: { readonly env: Environment }): void {
  const enable: unknown = Reflect.get(module, 'enableCompileCache');
  const cache = env.XDG_CACHE_HOME || (env.HOME && join(env.HOME, '.cache'));
  if (typeof enable !== 'function' || !cache || !isAbsolute(cache)) return;
  enable(join(cache, 'hotpass', 'node'));
}

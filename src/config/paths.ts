import { isAbsolute, join, relative, resolve } from 'node:path';
import { shellWord } from '../shell-words.ts';

/** Makes a path that a person typed absolute: `~` is the home folder, anything else counts from `base`. */
export function resolvePath(path: string, base: string, home: string): string {
  if (home !== '' && (path === '~' || path.startsWith('~/'))) return join(home, path.slice(1));
  return resolve(base, path);
}

/** Shortens a path for messages: relative inside the current folder, `~/…` inside home, else as it is. */
export function showPath(path: string, sys: { readonly cwd: string; readonly home: string }): string {
  if (isInside(path, sys.cwd)) return relative(sys.cwd, path);
  if (sys.home !== '' && isInside(path, sys.home)) return `~/${relative(sys.home, path)}`;
  return path;
}

/** Tells whether a path is in or below a folder. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}

/** Quotes a shown path for a command that is printed for a person to paste: the shell must still read `~/` as home. */
export function quotePath(path: string): string {
  return path.startsWith('~/') ? `~/${shellWord(path.slice(2))}` : shellWord(path);
}

import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { System } from '../../../system.ts';
import { findProgram } from '../../process.ts';

type Machine = Pick<System, 'env' | 'platform'>;
type Argv = readonly [string, ...string[]];

/**
 * Finds the command that opens a page in a browser of whoever sits here; undefined where there is none, as in a session
 * of ssh without BROWSER.
 */
export function findBrowser({ env, platform }: Machine, page: string): Argv | undefined {
  const isThere = ([program]: Argv) => findProgram(program, env.PATH) !== undefined;
  const named = (env.BROWSER ?? '').split(':').flatMap((command) => {
    const [program, ...args] = command.split(/\s+/).filter(Boolean);
    const argv = args.some((word) => word.includes('%s'))
      ? args.map((word) => word.replaceAll('%s', page))
      : [...args, page];
    return program === undefined ? [] : ([[program, ...argv]] satisfies Argv[]);
  });
  return [...named, ...usual({ env, platform }, page)].find(isThere);
}

/** Tells whether this is a session of ssh: a browser here would open elsewhere than where the person sits. */
export function isRemote({ env }: Pick<Machine, 'env'>): boolean {
  return Boolean(env.SSH_CONNECTION || env.SSH_TTY);
}

function usual({ env, platform }: Machine, page: string): readonly Argv[] {
  if (isRemote({ env })) return [];
  if (platform === 'darwin') return [['open', page]];
  // In WSL a browser of Windows shows the page.
  if (env.WSL_DISTRO_NAME) {
    return [
      ['wslview', page],
      ['rundll32.exe', 'url.dll,FileProtocolHandler', page],
    ];
  }
  return env.DISPLAY || env.WAYLAND_DISPLAY ? [['xdg-open', page]] : [];
}

/** Opens a page, which may stay open for longer than this program runs; `onFailure` hears that it could not be. */
export async function openBrowser(
  sys: Pick<System, 'cwd' | 'env' | 'processes'>,
  argv: Argv,
  onFailure: () => void = () => {},
): Promise<void> {
  const output = openSync(devNull, 'w');
  try {
    const child = await sys.processes.start(argv, { env: sys.env, cwd: sys.cwd, detached: true, output });
    void child.exited.then(({ exitCode }) => {
      if (exitCode !== 0) onFailure();
    });
    child.release();
  } catch {
    // The page is printed too.
    onFailure();
  } finally {
    closeSync(output);
  }
}

import { HotpassError } from '../errors.ts';
import type { Layer } from './layer.ts';
import type { Path } from './problems.ts';
import type { TargetConfig } from './schema.ts';
import { findDanger } from './ssh-options.ts';

/** Where a value of the merged block comes from. */
export type FindLayer = (path: Path) => { readonly layer: Layer; readonly position: string } | undefined;

/**
 * Refuses what a cloned repository could make this machine run. Only the user's own config may say it;
 * hotpass.local.yaml too lies in the repository's folder, and git does carry it when someone adds it.
 * Throws `config-untrusted`.
 */
export function refuseCommands(values: TargetConfig, find: FindLayer): void {
  const ssh = values.net?.ssh;
  for (const name of Object.keys(ssh?.options ?? {})) {
    const danger = findDanger(name);
    if (danger !== undefined) {
      const said = `ssh option ${name} ${danger}, which a project's file may not do`;
      refuse(find, ['net', 'ssh', 'options', name], said, `--ssh-option ${name}=…`);
    }
  }
  if (ssh?.configFile !== undefined) {
    const said = "configFile can hold commands that ssh runs, which a project's file may not do";
    refuse(find, ['net', 'ssh', 'configFile'], said, '--ssh-config FILE');
  }
}

function refuse(find: FindLayer, path: Path, said: string, flag: string): void {
  const found = find(path);
  if (found === undefined || found.layer.kind === 'user') return;
  throw new HotpassError('config-untrusted', `${found.position}: ${said}`, {
    hint: `give it by flag (${flag}), or move it to the user config, ~/.config/hotpass/config.yaml`,
    details: { file: found.layer.shown, path },
  });
}

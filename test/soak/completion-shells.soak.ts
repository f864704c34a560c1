import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { builtProgram, createSandbox, type Sandbox } from '../support/hotpass.ts';
import { describeReal, realPath } from '../support/real.ts';

const run = promisify(execFile);
let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await createSandbox();
  const bin = join(sandbox.root, 'b');
  await mkdir(bin);
  await symlink(process.execPath, join(bin, 'node'));
  await symlink(builtProgram, join(bin, 'hotpass'));
  for (const shell of ['bash', 'zsh']) {
    const { stdout } = await sandbox.hotpass(['completion', shell]);
    await writeFile(join(sandbox.root, `${shell}-script`), stdout);
  }
  await writeFile(join(sandbox.project, 'hot fix.yaml'), '');
});
afterEach(() => sandbox.remove());

const env = () => ({ ...sandbox.env, PATH: `${join(sandbox.root, 'b')}:${sandbox.env.PATH}` });

describeReal('completion in bash', ['bash'], () => {
  /** Calls the function as Tab does, with the words as bash splits them, and gives COMPREPLY. */
  async function tab(...words: string[]): Promise<string[]> {
    const script = `
      set -u
      . "$0"
      COMP_WORDS=(hotpass "$@")
      COMP_CWORD=$#
      _hotpass
      [ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await run(
      realPath('bash'),
      ['--norc', '-c', script, join(sandbox.root, 'bash-script'), ...words],
      { env: env(), cwd: sandbox.project },
    );
    expect(stderr.replace(/.*compopt: not currently executing.*\n/, '')).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('offers verbs, choices and options', async () => {
    expect(await tab('comp')).toEqual(['completion']);
    expect(await tab('completion', '')).toEqual(['bash', 'zsh']);
    expect(await tab('completion', '--st')).toEqual(['--state-dir']);
  });

  it('offers nothing where only the operator knows what comes', async () => {
    expect(await tab('net', 'up', '--forward', '')).toEqual([]);
    expect(await tab('net', 'up', '--forward', 'hot')).toEqual([]);
    expect(await tab('net', 'up', '--via', 'd')).toEqual(['direct']);
  });

  it('offers file names where a file is wanted, also behind =', async () => {
    expect(await tab('completion', '--config', 'hot')).toEqual(['hot fix.yaml']);
    expect(await tab('completion', '--config', '=', 'hot')).toEqual(['hot fix.yaml']);
    expect(await tab('completion', '--config', '=')).toEqual(['hot fix.yaml']);
  });

  it('keeps words with = and : together, as hotpass does', async () => {
    expect(await tab('completion', '--config', 'a', ':', 'b', '=', 'c', 'ba')).toEqual(['bash']);
  });

  it('uses nothing that bash 3.2 does not know', async () => {
    const { stdout } = await sandbox.hotpass(['completion', 'bash']);
    expect(stdout).not.toMatch(/mapfile|readarray|declare -A|local -n|\[-1\]|\|&|;;&|,,|\^\^|&>>/);
    expect(stdout.replace('type compopt >/dev/null 2>&1 && compopt -o filenames', '')).not.toContain(
      'compopt',
    );
  });
});

describeReal('completion in zsh', ['zsh'], () => {
  /** Presses Tab in a real interactive zsh on a pseudo terminal and gives the line that comes of it. */
  async function tab(line: string): Promise<string> {
    const script = `
      zmodload zsh/zpty
      zpty -b z zsh -f -i
      zpty -w z 'PS1= PS2= RPS1=; unsetopt zle_bracketed_paste; stty -echo; autoload -Uz compinit; compinit -u -D'
      zpty -w z ". $1"
      zpty -w z "show() { print -r -- \\"<\\$BUFFER>\\"; }; zle -N show; bindkey '^X' show; print READY"
      zpty -r -m z line '*READY*' || exit 3
      zpty -w -n z "$2"$'\\t\\x18'
      zpty -r -m z line '*<hotpass*>*' || exit 4
      print -r -- "$line"
      zpty -d z`;
    const { stdout } = await run(
      realPath('zsh'),
      ['-f', '-c', script, 'zsh', join(sandbox.root, 'zsh-script'), line],
      {
        env: { ...env(), TERM: 'dumb' },
        cwd: sandbox.project,
        timeout: 20_000,
      },
    );
    return /<(hotpass[^>]*)>/.exec(stdout)?.[1] ?? stdout;
  }

  it('completes verbs, choices, options and files', async () => {
    expect(await tab('hotpass comp')).toBe('hotpass completion ');
    expect(await tab('hotpass completion z')).toBe('hotpass completion zsh ');
    expect(await tab('hotpass net up --forward hot')).toBe('hotpass net up --forward hot');
    expect(await tab('hotpass completion --st')).toBe('hotpass completion --state-dir ');
    expect(await tab('hotpass completion --config hot')).toBe('hotpass completion --config hot\\ fix.yaml ');
    expect(await tab('hotpass completion --config=hot')).toBe('hotpass completion --config=hot\\ fix.yaml ');
  });

  it('loads without a word before and after compinit', async () => {
    const script = join(sandbox.root, 'zsh-script');
    for (const before of ['', 'autoload -Uz compinit; compinit -u -D;']) {
      const loaded = await run(
        realPath('zsh'),
        ['-f', '-c', `${before} . ${script}; print \${_comps[hotpass]}`],
        {
          env: { ...env(), ZSH_COMPDUMP: '' },
        },
      );
      expect(loaded).toEqual({ stdout: '_hotpass\n', stderr: '' });
    }
  });
});

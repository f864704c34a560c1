import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../src/cli/parse.ts';
import { loadTable } from '../src/command.ts';
import { commands } from '../src/commands/index.ts';

const { verbs } = await loadTable(commands);

const PAGES = [
  'README.md',
  'AGENTS.md',
  'CHANGELOG.md',
  'docs/how-to/cannot-reach-the-cluster.md',
  'docs/how-to/cron.md',
  'docs/how-to/github-actions.md',
  'docs/how-to/kubectl-through-the-tunnel.md',
  'docs/how-to/try-on-aws.md',
  'docs/oidc.md',
  'docs/ssm.md',
] as const;

describe.each(PAGES)('%s', (page) => {
  test('links only to files that exist', async () => {
    const text = await readFile(page, 'utf8');
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link ?? '');
    for (const link of links) await access(join(dirname(page), link));
  });

  test('names only npm scripts that exist', async () => {
    const text = await readFile(page, 'utf8');
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
    const named = [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !(`${name}` in scripts))).toEqual([]);
  });

  test('names only files of the repository that exist', async () => {
    const text = await readFile(page, 'utf8');
    const files = [...text.matchAll(/`((?:src|test|scripts|docs)\/[\w./-]+)`/g)].map(
      ([, file]) => file ?? '',
    );
    for (const file of files) await access(file);
  });

  test('prints hotpass commands that parse', async () => {
    const text = await readFile(page, 'utf8');
    const blocks = [...text.matchAll(/```(?:sh|console)\n(.*?)```/gs)].map(([, block]) => block ?? '');
    const inline = [...text.matchAll(/`(hotpass [^`]+)`/g)].map(([, line]) => line ?? '');
    const lines = [...blocks.join('\n').split('\n'), ...inline]
      .map((line) => line.replace(/^\$ /, ''))
      .filter((line) => line.startsWith('hotpass '));
    for (const line of lines) {
      const words = line.split(/\s+/).slice(1);
      const verb = verbs.find(({ path }) => words.join(' ').startsWith(path));
      expect(verb, line).toBeDefined();
      if (verb !== undefined) parseArguments(verb, words.slice(verb.path.split(' ').length));
    }
  });
});

test('the README has its two set-up commands, and CI calls its test command', async () => {
  const readme = await readFile('README.md', 'utf8');
  const [, commandsBlock = ''] = /Two commands[^`]*```sh\n(.*?)```/s.exec(readme) ?? [];
  const [install, check] = commandsBlock.trim().split('\n');
  expect([install, check]).toEqual(['npm ci && npm link', 'npm test']);
  const ci = await readFile('.ci/run', 'utf8');
  expect(ci).toContain('npm ci');
  expect(ci).toContain('run_suite fast test');
});

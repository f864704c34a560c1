import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startPrefect } from '../../src/rehearsal/prefect.ts';
import type { WebService } from '../../src/rehearsal/web-service.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { startRunning } from './support/borrowing.ts';
import { blocksOf, giveMeaning, knownHost, makeBin } from './support/how-to.ts';
import { processesOf } from './support/sandbox-processes.ts';
import { openStage, runtimeFiles, type Stage } from './support/stage.ts';

const PAGE = 'docs/how-to/github-actions.md';

interface Step {
  readonly env: Readonly<Record<string, string>>;
  readonly run: string;
}

describeReal('the steps of the page', ['sshd', 'ssh', 'bash', 'curl'], () => {
  let sshd: Sshd;
  let prefect: WebService;
  beforeAll(async () => {
    [sshd, prefect] = await Promise.all([startSshd(), startPrefect({ version: '3.9.9' })]);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), prefect?.close()]);
  });

  /** Runs the steps one after the other as a runner does, until one fails; gives how the last one ended. */
  const runSteps = async (stage: Stage, hostKeyLine: string) => {
    const [config = '', steps = ''] = await blocksOf(PAGE, 'yaml');
    const temp = join(stage.root, 'temp');
    await mkdir(temp);
    await writeFile(join(stage.project, 'hotpass.yaml'), config);
    await giveMeaning(stage, { sshd, service: prefect.port, folder: stage.project });
    const runner = {
      ...stage.env,
      XDG_CONFIG_HOME: undefined,
      PATH: `${await makeBin(stage)}:${stage.env.PATH}`,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      RUNNER_TEMP: temp,
    };
    const values: Readonly<Record<string, string>> = {
      'secrets.STAGING_SSH_KEY': (await readFile(sshd.identity, 'utf8')).trim(),
      'vars.STAGING_KNOWN_HOSTS': knownHost(hostKeyLine),
      'runner.temp': temp,
    };
    const evaluate = (text: string) =>
      text.replace(/\$\{\{ (\S+) \}\}/g, (_, name: string) => values[name] ?? '');
    const ends = [];
    for (const step of readSteps(steps)) {
      const script = join(temp, 'step.sh');
      await writeFile(script, evaluate(step.run));
      const own = Object.fromEntries(
        Object.entries(step.env).map(([name, value]) => [name, evaluate(value)]),
      );
      const bash = ['bash', '--noprofile', '--norc', '-eo', 'pipefail', script];
      const running = startRunning(bash, stage, { ...runner, ...own });
      running.finish();
      ends.push(await running.end);
      if (ends.at(-1)?.code !== 0) break;
    }
    return ends;
  };

  it.concurrent('work as they are written, with key and host key from files, and are silent', async (t) => {
    const stage = await openStage(t);
    const well = { code: 0, signal: null, stdout: '', stderr: '' };
    expect(await runSteps(stage, sshd.hostKeyLine)).toEqual([well, well]);
    expect(await readFile(join(stage.project, 'version.json'), 'utf8')).toBe('"3.9.9"');
    expect(await processesOf(stage)).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
    expect(await readdir(join(stage.project, '.hotpass'))).toEqual(['.gitignore', 'logs']);
  });

  it.concurrent('fail with 125 and a code when the bastion has another key, and run nothing', async (t) => {
    const stage = await openStage(t);
    const [, last] = await runSteps(stage, sshd.wrongHostKeyLine);
    expect(last).toMatchObject({ code: 125, stdout: '' });
    expect(last?.stderr).toMatch(/^error: .*\[host-key-changed\]\n/);
    await expect(readFile(join(stage.project, 'version.json'))).rejects.toThrow('ENOENT');
    expect(await processesOf(stage)).toEqual([]);
  });
});

function readSteps(block: string): readonly Step[] {
  const steps: unknown = parse(block);
  if (!Array.isArray(steps)) throw new Error('the page lists no steps');
  return steps.map(({ env = {}, run }) => ({ env, run }));
}

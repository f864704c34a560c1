import { expect, it } from 'vitest';
import { HotpassError } from '../../src/errors.ts';
import { main } from '../../src/main.ts';
import { testSystem } from '../support/system.ts';
import { gateTable } from '../support/table.ts';

async function run(argv: string, options: Parameters<typeof testSystem>[0] = {}) {
  const sys = testSystem(options);
  const code = await main(argv === '' ? [] : argv.split(' '), sys, gateTable);
  return { code, stdout: sys.stdout(), stderr: sys.stderr() };
}

it('gives the exit code that the verb gives', async () => {
  expect(await run('gate close east')).toEqual({ code: 1, stdout: 'east\n', stderr: '' });
});

it('prints an error with what was done, what is left and what to type next, on one line each', async () => {
  expect(await run('gate close stuck')).toMatchInlineSnapshot(`
    {
      "code": 1,
      "stderr": "error: gate is stuck \\x1b[31m  [not-ready]
      while   closing it
      state   it is open
      next    hotpass gate open
    ",
      "stdout": "",
    }
  `);
});

it('prints an error as one JSON document on stdout', async () => {
  const { stdout, ...rest } = await run('gate close stuck --json');
  expect(rest).toEqual({ code: 1, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    error: {
      code: 'not-ready',
      message: 'gate is\nstuck \u001b[31m',
      hint: 'hotpass gate open',
      exitCode: 1,
      details: { angle: 12 },
    },
  });
});

it('tells a defect as such, with the stack only for who asks', async () => {
  const quiet = await run('gate close bug');
  expect(quiet).toMatchObject({ code: 1, stdout: '' });
  expect(quiet.stderr).toContain('error: x is not a function  [unexpected]');
  expect(quiet.stderr).not.toContain('table.ts');
  expect((await run('gate close bug', { env: { HOTPASS_DEBUG: '1' } })).stderr).toContain('table.ts');
  const json = await run('gate close bug --json', { env: { HOTPASS_DEBUG: '1' } });
  expect(json.stderr).toBe('');
  expect(json.stdout).toContain('table.ts');
});

it('reports an interruption by its code, whoever noticed it', async () => {
  const signal = AbortSignal.abort(new HotpassError('interrupted', 'interrupted by SIGTERM'));
  expect((await run('gate close abort', { signal })).stderr).toBe(
    'error: interrupted by SIGTERM  [interrupted]\n',
  );
});

it('ends well and without a word when its reader went away', async () => {
  const signal = AbortSignal.abort(new HotpassError('output-failed', 'stdout is closed'));
  expect(await run('gate close abort', { signal })).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('refuses on Windows what only runs in WSL there, and helps all the same', async () => {
  const windows = { platform: 'win32' } as const;
  expect(await run('gate close east', windows)).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'error: gate close does not run on Windows itself  [platform-unsupported]\n  next    wsl hotpass gate close\n',
  });
  expect(JSON.parse((await run('gate close east --json', windows)).stdout)).toMatchObject({
    error: { code: 'platform-unsupported', exitCode: 2 },
  });
  expect(await run('gate close --help', windows)).toEqual(await run('gate close --help'));
  expect(await run('gate open', windows)).toMatchObject({ code: 0 });
  expect(await run('gate close east', { platform: 'darwin' })).toMatchObject({ code: 1, stdout: 'east\n' });
});

it('clears the progress line before the answer and at the end', async () => {
  const { stderr } = await run('gate close east', { terminal: { stderr: true } });
  expect(stderr).toBe('closing\r\u001b[2K');
});

it('shows the same help in every way to ask for it', async () => {
  const help = await run('gate open --help');
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const line of [
    'help gate open',
    'gate open -h',
    'gate --help open',
    '--help gate open',
    'gate open --count x -h',
  ])
    expect(await run(line)).toEqual(help);
});

it('shows the program with no words, and a noun on request', async () => {
  expect(await run('')).toEqual(await run('--help'));
  expect(await run('help')).toEqual(await run('--help'));
  const noun = await run('gate --help');
  expect(noun).toEqual(await run('help gate'));
  expect(noun.stdout).toContain('gate close');
  expect(noun.stdout).not.toContain('exec');
});

it('prints the version beside other options too', async () => {
  expect(await run('--version')).toEqual({ code: 0, stdout: '0.0.0-test\n', stderr: '' });
  expect(await run('--json --version')).toEqual({ code: 0, stdout: '"0.0.0-test"\n', stderr: '' });
});

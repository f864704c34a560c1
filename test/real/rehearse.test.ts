import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { builtProgram } from '../support/hotpass.ts';
import { signalIfAlive, waitUntilGone } from '../support/processes.ts';
import { eventually, onlyPid, processesOf } from './support/sandbox-processes.ts';
import { errorOf, openStage, type Stage } from './support/stage.ts';

const run = promisify(execFile);

/** Opens a stage whose rehearsal is ended with the test, if it still stands. */
async function openRehearsal(): Promise<Stage> {
  const stage = await openStage();
  onTestFinished(async () => {
    await stage.hotpass(['rehearse', '--end']);
  });
  return stage;
}

/** What is in the folder where sockets and rehearsals are. */
function runtimeNames(stage: Stage): Promise<readonly string[]> {
  return readdir(stage.env.XDG_RUNTIME_DIR ?? '');
}

/** Runs lines in a shell that knows node and hotpass, and nothing else of ours. */
async function inShell(stage: Stage, lines: string): Promise<string> {
  // A function is no program: `net exec` finds node on the PATH.
  const program = `PATH=${dirname(process.execPath)}:$PATH; node() { ${process.execPath} "$@"; }; hotpass() { node ${builtProgram} "$@"; }`;
  const { stdout } = await run('sh', ['-euc', `${program}\n${lines}`], {
    env: { ...stage.env, AWS_PROFILE: 'production', HOTPASS_TARGET: 'prod' },
    cwd: stage.project,
  });
  return stdout;
}

it('keeps a staging that a shell can go to, says so again, and leaves nothing', async () => {
  const stage = await openRehearsal();
  const first = await stage.hotpass(['rehearse', '--keep']);
  expect(first).toMatchObject({ code: 0 });
  for (const line of first.stdout.trim().split('\n'))
    expect(line).toMatch(/^(export [A-Z_]+=\S+|unset [A-Z_ ]+)$/);
  expect(first.stderr).toContain('hotpass rehearse --end');
  const second = await stage.hotpass(['rehearse', '--keep']);
  expect(second.stdout).toBe(first.stdout);
  expect(await stage.hotpass(['rehearse', '--end'])).toMatchObject({ code: 0 });
  expect(await processesOf(stage)).toEqual([]);
  expect(await runtimeNames(stage)).toEqual([]);
});

it('leads a shell away from what it was led to before', async () => {
  const stage = await openRehearsal();
  const said = await inShell(
    stage,
    `eval "$(hotpass rehearse --keep)" 2>/dev/null
    echo "profile \${AWS_PROFILE-gone} target \${HOTPASS_TARGET-gone}"
    node -e 'fetch(process.env.AWS_ENDPOINT_URL).then((r) => console.log(r.status))'
    hotpass net status --json
    hotpass rehearse --end`,
  );
  expect(said).toMatch(/^profile gone target gone\n4\d\d\n\{.*"sessions":\[\]/);
  expect(await runtimeNames(stage)).toEqual([]);
});

it('is where net up leads at once, and ends with what is up there', async () => {
  const stage = await openRehearsal();
  const said = await inShell(
    stage,
    `eval "$(hotpass rehearse --keep)" 2>/dev/null
    hotpass net up 2>/dev/null
    hotpass rehearse --fault cut
    hotpass net wait
    hotpass net exec -- node -e 'fetch(process.env.PREFECT_API_URL + "/health").then((r) => console.log(r.status))'
    hotpass rehearse --end`,
  );
  expect(said).toMatch(/^prefect +127\.0\.0\.1:\d+ +prefect\.staging\.internal:4200 +ready +Prefect/m);
  expect(said).toMatch(/^marquez +127\.0\.0\.1:\d+ +marquez\.staging\.internal:5000 +ready +Marquez/m);
  expect(said).toMatch(/^eks +127\.0\.0\.1:\d+ +\S+\.eks\.amazonaws\.com:443 +ready +TLS name verified/m);
  expect(said).toMatch(/\n200\nstaging is down\nthe rehearsal is over; nothing of it is left\n$/);
  expect(await runtimeNames(stage)).toEqual([]);
});

it('lets each of its faults happen, and takes no other word', async () => {
  const stage = await openRehearsal();
  const { stdout } = await stage.hotpass(['rehearse', '--keep', '--json']);
  for (const fault of JSON.parse(stdout).faults)
    expect(await stage.hotpass(['rehearse', '--fault', fault]), fault).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\w/),
    });
  expect(await stage.hotpass(['rehearse', '--fault', 'other'])).toMatchObject({ code: 2 });
});

it('is one, also when many ask for it at once', async () => {
  const stage = await openRehearsal();
  const all = await Promise.all(
    Array.from({ length: 4 }, () => stage.hotpass(['rehearse', '--keep', '--json'])),
  );
  const pids = all.map(({ stdout }) => JSON.parse(stdout).owner.pid);
  expect(new Set(pids).size).toBe(1);
  expect(await processesOf(stage)).toHaveLength(1);
});

it('is of its user alone, and on loopback', async () => {
  const stage = await openRehearsal();
  const { stdout } = await stage.hotpass(['rehearse', '--keep', '--json']);
  const { environment, address, services } = JSON.parse(stdout);
  expect((await stat(environment.HOTPASS_REHEARSAL)).mode & 0o777).toBe(0o700);
  for (const url of [address.endpoint, ...Object.values(services)])
    expect(new URL(String(url)).hostname).toBe('127.0.0.1');
});

it('ends by itself when its time is over', async () => {
  const stage = await openRehearsal();
  expect(await stage.hotpass(['rehearse', '--keep', '--for', '1s'])).toMatchObject({ code: 0 });
  await eventually('the end', async () => (await processesOf(stage)).length === 0);
  expect(await runtimeNames(stage)).toEqual([]);
});

it('stands up again after it was killed, and what was left can be ended', async () => {
  const stage = await openRehearsal();
  await stage.hotpass(['rehearse', '--keep']);
  const pid = await onlyPid(stage, 'hotpass');
  signalIfAlive(pid, 'SIGKILL');
  await waitUntilGone(pid);
  expect(await stage.hotpass(['rehearse', '--fault', 'cut', '--json'])).toMatchObject({ code: 2 });
  expect(await stage.hotpass(['rehearse', '--keep'])).toMatchObject({ code: 0 });
  signalIfAlive(await onlyPid(stage, 'hotpass'), 'SIGKILL');
  expect(await stage.hotpass(['rehearse', '--end'])).toMatchObject({ code: 0 });
  expect(await runtimeNames(stage)).toEqual([]);
});

it.each([
  ['nothing', []],
  ['two things at once', ['--keep', '--end']],
])('told %s it says what it can do', async (_, args) => {
  const stage = await openStage();
  const ended = await stage.hotpass(['rehearse', ...args, '--json']);
  expect(ended.code).toBe(2);
  expect(errorOf(ended)).toMatchObject({ code: 'usage', hint: 'hotpass rehearse --keep' });
});

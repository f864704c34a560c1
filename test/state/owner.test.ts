import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { hostName, judgeOwner, type Owner, placeName, readOwner } from '../../src/state/owner.ts';
import { parsePs, parseStat } from '../../src/state/process-start.ts';
import { tempFolder } from './support/folder.ts';
import { foreignSystem, stateSystem } from './support/system.ts';

const FIELDS_4_TO_21 = '1 4711 4711 0 -1 4194304 99 0 0 0 0 0 0 0 20 0 1 0';
const onLinux = test.runIf(process.platform === 'linux');

test.each([
  ['an ordinary name', `4711 (node) S ${FIELDS_4_TO_21} 105586 3133440 388`, '105586'],
  ['spaces and brackets in the name', `4711 (a ) Z (b) S ${FIELDS_4_TO_21} 105586 0`, '105586'],
  ['a newline in the name', `4711 (a\nb) R ${FIELDS_4_TO_21} 7 0\n`, '7'],
  ['a zombie', `4711 (node) Z ${FIELDS_4_TO_21} 105586 0`, undefined],
  ['a dead one', `4711 (node) X ${FIELDS_4_TO_21} 105586 0`, undefined],
  ['a line cut short', '4711 (node) S 1 4711', undefined],
  ['nothing', '', undefined],
])('the start of a process is read from a stat line with %s', (_, line, expected) => {
  expect(parseStat(line)).toBe(expected);
});

test.each([
  ['Ss   Sat Nov 21 09:04:12 2026\n', 'Sat Nov 21 09:04:12 2026'],
  ['Z+   Sat Nov 21 09:04:12 2026\n', undefined],
  ['', undefined],
])('the start of a process is read from the answer %j of ps', (answer, expected) => {
  expect(parsePs(answer)).toBe(expected);
});

test('this process is alive', async () => {
  const sys = stateSystem();
  expect(await judgeOwner(sys, await ownOwner())).toBe('alive');
  expect((await readOwner(sys))?.pid).toBe(process.pid);
});

onLinux('a stranger who got the recorded process id is not the owner', async () => {
  const owner = await ownOwner();
  expect(await judgeOwner(stateSystem(), { ...owner, started: String(Number(owner.started) - 1) })).toBe(
    'dead',
  );
});

onLinux('an ended process is dead, and a new look at its id finds nobody', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const owner = await readOwner(stateSystem(), child.pid);
  expect(owner && (await judgeOwner(stateSystem(), owner))).toBe('alive');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(owner && (await judgeOwner(stateSystem(), owner))).toBe('dead');
  expect(await readOwner(stateSystem(), child.pid)).toBeUndefined();
});

onLinux('a zombie is dead although it still answers to signal 0', async () => {
  // The shell becomes a program that never asks after its child.
  const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    parent.kill('SIGKILL');
  });
  const pid = Number(String((await once(parent.stdout, 'data'))[0]));
  const owner = await readOwner(stateSystem(), pid);
  if (owner === undefined) throw new Error('the child was gone before it could be read');

  while ((await judgeOwner(stateSystem(), owner)) === 'alive') await sleepFor(20);
  expect(await judgeOwner(stateSystem(), owner)).toBe('dead');
  expect(process.kill(pid, 0)).toBe(true);
});

test('another machine, boot or namespace decides before any process id is looked at', async () => {
  const owner = await ownOwner();
  const id = owner.host.slice(owner.host.lastIndexOf('/'));
  const fates: readonly (readonly [Partial<Owner>, string])[] = [
    [{ host: 'other' }, 'elsewhere'],
    [{ host: 'other/0011223344556677' }, 'elsewhere'],
    [{ boot: 'earlier' }, 'dead'],
    [{ boot: 'earlier', namespace: 'pid:[1]' }, 'dead'],
    // A clone of this machine: same id, other name. It is surely not this machine before a reboot.
    [{ host: `clone${id}`, boot: 'earlier' }, 'elsewhere'],
    // Renamed since, and not rebooted.
    [{ host: `renamed${id}` }, 'alive'],
    [{ namespace: 'pid:[1]' }, 'elsewhere'],
  ];
  for (const [part, fate] of fates) {
    expect([part, await judgeOwner(stateSystem(), { ...owner, ...part })]).toEqual([part, fate]);
  }
});

test('the name of a host is for people', () => {
  expect(hostName({ host: 'laptop/0011' })).toBe('laptop');
  expect(hostName({ host: 'laptop' })).toBe('laptop');
  expect(placeName({ host: 'laptop/0011', namespace: '' })).toBe('laptop');
  expect(placeName({ host: 'laptop/0011', namespace: 'pid:[42]' })).toBe('laptop, PID namespace 42');
});

onLinux('identities come from the proc folder that is given', async () => {
  const proc = await tempFolder();
  await mkdir(join(proc, 'sys/kernel/random'), { recursive: true });
  await mkdir(join(proc, 'self/ns'), { recursive: true });
  await mkdir(join(proc, '4711'));
  await writeFile(join(proc, 'sys/kernel/random/boot_id'), 'boot-1\n');
  await symlink('pid:[42]', join(proc, 'self/ns/pid'));
  await writeFile(join(proc, '4711/stat'), `4711 (x) S ${FIELDS_4_TO_21} 99 0\n`);

  expect(await readOwner(stateSystem(), 4711, proc)).toMatchObject({
    boot: 'boot-1',
    namespace: 'pid:[42]',
    pid: 4711,
    started: '99',
  });
  expect(await readOwner(stateSystem(), 4712, proc)).toBeUndefined();
});

onLinux('in a proc folder of another namespace nobody but this process is judged', async () => {
  const proc = await tempFolder();
  await mkdir(join(proc, 'sys/kernel/random'), { recursive: true });
  await mkdir(join(proc, '4711/ns'), { recursive: true });
  await writeFile(join(proc, 'sys/kernel/random/boot_id'), 'boot-1\n');
  await symlink('pid:[42]', join(proc, '4711/ns/pid'));
  await writeFile(join(proc, '4711/stat'), `4711 (x) S ${FIELDS_4_TO_21} 99 0\n`);
  await symlink('4711', join(proc, 'self'));
  await mkdir(join(proc, '1'));
  await writeFile(join(proc, '1/stat'), `1 (init) S ${FIELDS_4_TO_21} 1 0\n`);

  // This process is number 1 in its own namespace, as in a container that mounted no /proc.
  const first = stateSystem({ pid: 1 });
  const owner = await readOwner(first, 1, proc);
  expect(owner).toMatchObject({ pid: 1, started: '99', namespace: 'pid:[42]' });
  expect(owner && (await judgeOwner(first, owner, proc))).toBe('elsewhere');
  expect(owner && (await judgeOwner(stateSystem({ pid: 4711 }), { ...owner, pid: 4711 }, proc))).toBe(
    'alive',
  );
});

test('where there is no proc, ps and sysctl are asked', async () => {
  const ps = 'ps -o stat= -o lstart= -p 4711';
  const sys = foreignSystem({
    [ps]: 'S+   Sat Nov 21 09:04:12 2026\n',
    'sysctl -n kern.boottime': '{ sec = 1795234000, usec = 17 } Sat Nov 21 08:26:40 2026\n',
  });
  const owner = await readOwner(sys);
  expect(owner).toMatchObject({
    boot: '1795234000',
    namespace: '',
    pid: 4711,
    started: 'Sat Nov 21 09:04:12 2026',
  });
  expect(owner && (await judgeOwner(sys, owner))).toBe('alive');

  const later = foreignSystem({ 'sysctl -n kern.boottime': '{ sec = 1795234000, usec = 17 }', [ps]: '' });
  expect(owner && (await judgeOwner(later, owner))).toBe('dead');
});

async function ownOwner(): Promise<Owner> {
  const owner = await readOwner(stateSystem());
  if (owner === undefined) throw new Error('this process cannot be identified');
  return owner;
}

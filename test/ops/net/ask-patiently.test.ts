import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askPatiently } from '../../../src/ops/net/ask-patiently.ts';
import { type ControlServer, serveControl } from '../../../src/ops/supervisor/control.ts';
import { readOwner } from '../../../src/state/owner.ts';
import { isStopped } from '../../../src/state/process-start.ts';
import { eventually } from '../../real/support/sandbox-processes.ts';
import { session } from '../../state/support/session.ts';
import { testSystem } from '../../support/system.ts';

const PATIENCE = { askMs: 100, starvedMs: 20_000 };

describe.runIf(process.platform === 'linux')('a session that answers late', () => {
  let root: string;
  let socket: string;
  let control: ControlServer;
  let owner: ChildProcess;
  const sys = () =>
    testSystem({
      uid: process.getuid?.() ?? -1,
      home: root,
      env: { XDG_RUNTIME_DIR: root },
      pid: process.pid,
    });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'hp-'));
    await mkdir(join(root, 'hotpass'), { mode: 0o700 });
    socket = join(root, 'hotpass', `${session().id}.sock`);
    let asked = 0;
    control = await serveControl(socket, async () => {
      asked += 1;
      if (asked === 1) await new Promise((resolve) => setTimeout(resolve, 1_000).unref());
      return 'late';
    });
    owner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
    await once(owner, 'spawn');
  });
  afterEach(async () => {
    owner.kill('SIGKILL');
    await control.close();
    await rm(root, { recursive: true, force: true });
  });

  const ask = async () => {
    const identity = await readOwner(sys(), owner.pid);
    if (identity === undefined) throw new Error('the owner is gone');
    return askPatiently(sys(), session({ socket, owner: identity }), { op: 'describe' }, PATIENCE);
  };

  it('is waited for while its process runs', async () => {
    expect(await ask()).toBe('late');
  });

  it('is silent at once when its process is stopped', async () => {
    owner.kill('SIGSTOP');
    await eventually('the stop', () => isStopped(sys(), owner.pid ?? -1));
    await expect(ask()).rejects.toMatchObject({ code: 'supervisor-silent' });
  });
});

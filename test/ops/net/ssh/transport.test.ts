import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Gateway } from '../../../../src/ops/net/plan.ts';
import type { Inherited } from '../../../../src/ops/net/ssh/inherited.ts';
import { createSshTransport } from '../../../../src/ops/net/ssh/transport.ts';
import { createAttendance } from '../../../../src/ops/supervisor/attendance.ts';
import type { Child, StartOptions } from '../../../../src/system.ts';
import { testSystem } from '../../../support/system.ts';
import { said } from './said.ts';

/** What an ssh does once it is started; `say` is its stderr, `bind` makes our sockets. */
type Play = (ssh: {
  say(line: string): void;
  bind(): Promise<void>;
  kill(signal: string): void;
  readonly argv: readonly string[];
}) => Promise<void>;

describe('an ssh that may go on without a forward of ssh_config', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hpt-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const OTHERS: Inherited = { forwards: ['LocalForward 1 a:1'], hasJump: false, isProxied: false };

  /** Makes a transport whose ssh plays a part until it is told to end. */
  const transportOf = (play: Play, gateway: Partial<Gateway> = {}) => {
    const start = async (argv: readonly string[], { onLine = () => {} }: StartOptions): Promise<Child> => {
      let end: (how: { exitCode: number | null; signal: string | null }) => void = () => {};
      const exited = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
        end = resolve;
      });
      const kill = (signal: string) => {
        end({ exitCode: null, signal });
        return true;
      };
      const bind = async () => {
        for (const name of ['0', 'pulse']) await writeFile(join(folder, '1', `${name}.sock`), '');
      };
      // As a program's words come: after its start is known.
      setImmediate(() => void play({ say: onLine, bind, kill, argv }));
      return {
        pid: 1,
        exited,
        kill,
        isEnding: () => false,
        isStopped: () => false,
        send: () => false,
        onMessage: () => {},
        release: () => {},
      };
    };
    const sys = testSystem();
    return createSshTransport(
      { ...sys, processes: { ...sys.processes, start } },
      {
        gateway: { host: 'bastion', jump: [], options: [], ...gateway },
        forwards: [{ name: 'a', host: 'a', port: 1, localPort: 1, probe: 'tcp' }],
        inherited: OTHERS,
        folder,
        nonce: 'n',
        env: {},
        attendance: createAttendance(sys),
        onLine: () => {},
        log: () => {},
      },
    );
  };

  const open = (play: Play) => transportOf(play).open(new AbortController().signal);

  it('leaves nothing when it never ran', async () => {
    const transport = transportOf(async () => {}, { jump: ['gate'], configFile: join(folder, 'gone') });
    await expect(transport.open(new AbortController().signal)).rejects.toMatchObject({
      code: 'ssh-config-invalid',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('is ended when a socket of ours is not there', async () => {
    const line = `unix_listener: cannot bind to path ../${basename(folder)}/1/0.sock.xyz: No space left on device`;
    await expect(open(async ({ say }) => say(line))).rejects.toMatchObject({ code: 'forward-refused' });
  });

  it('is ended before it opens a tunnel to a server whose host key has changed', async () => {
    const lines = said['host key changed, checking switched off'].replace(
      /.*$/,
      'Port forwarding is disabled to avoid man-in-the-middle attacks.',
    );
    const opened = open(async ({ say }) => {
      for (const line of lines.split('\n')) say(line);
    });
    await expect(opened).rejects.toMatchObject({ code: 'host-key-changed' });
  });

  it('is kept when another socket is not there, and that is not told as the reason of its end', async () => {
    let end: () => void = () => {};
    const way = await open(async ({ say, bind, kill, argv }) => {
      expect(argv).toContain('ExitOnForwardFailure=no');
      say('unix_listener: cannot bind to path /run/app.sock: Permission denied');
      say('Could not request local forwarding.');
      await bind();
      end = () => kill('SIGKILL');
    });
    end();
    expect((await way.lost).message).toBe('ssh was ended by SIGKILL');
  });
});

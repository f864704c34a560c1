import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askControl, visitControl } from '../../../src/ops/supervisor/ask-control.ts';
import {
  type ControlHandler,
  type ControlRequest,
  PROTOCOL,
  serveControl,
} from '../../../src/ops/supervisor/control.ts';

const PATIENCE_MS = 5_000;

describe('the control socket', () => {
  let folder: string;
  let path: string;
  const closes: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hp-'));
    path = join(folder, 's.sock');
  });
  afterEach(async () => {
    for (const close of closes.splice(0)) await close();
    await rm(folder, { recursive: true, force: true });
  });

  const serve = async (handle: ControlHandler) => {
    const control = await serveControl(path, handle);
    closes.push(control.close);
    return control;
  };
  const echo: ControlHandler = async (request) => request;
  const ask = (request: ControlRequest = { op: 'describe' }, timeoutMs = PATIENCE_MS) =>
    askControl(path, request, timeoutMs);
  /** Sends bytes as they are; gives all that comes back. */
  const sendRaw = (bytes: string) =>
    new Promise<string>((resolve) => {
      const socket = connect({ path, allowHalfOpen: true });
      let got = '';
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => {
        got += chunk;
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(got));
      socket.on('end', () => socket.end());
      socket.end(bytes);
    });
  /** A server that speaks another language. */
  const serveRaw = async (answer: string | undefined) => {
    const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      if (answer !== undefined) socket.end(answer);
      closes.unshift(async () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    closes.push(() => new Promise((resolve) => server.close(resolve)));
  };

  it('carries each request there and its answer back', async () => {
    await serve(echo);
    for (const request of [
      { op: 'describe' },
      { op: 'look', maxAgeMs: 2_000 },
      { op: 'stop', drainMs: 0 },
    ] as const) {
      expect(await ask(request)).toEqual(request);
    }
  });

  it('carries long answers whole, and many at a time', async () => {
    const long = 'ä'.repeat(500_000);
    await serve(async () => long);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(answers.every((answer) => answer === long)).toBe(true);
  });

  it('is for its user alone, and gone after it was closed', async () => {
    const control = await serve(echo);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await control.close();
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('takes the place of one that a dead process left', async () => {
    await writeFile(path, '');
    await serve(echo);
    expect(await ask()).toEqual({ op: 'describe' });
  });

  it('tells what went wrong with the answer', async () => {
    await serve(() => Promise.reject(new Error('no idea')));
    await expect(ask()).rejects.toMatchObject({
      code: 'supervisor-silent',
      message: `the session behind ${path} does not answer: no idea`,
    });
  });

  it.each(['', 'x', '\n', '{}\n', '[]\n', 'null\n', '{"op":"sing"}\n', '{"op":"look"'])(
    'outlives who sends %j',
    async (bytes) => {
      await serve(echo);
      const got = await sendRaw(bytes);
      if (got !== '')
        expect(JSON.parse(got)).toMatchObject({ protocol: PROTOCOL, error: expect.any(String) });
      expect(await ask()).toEqual({ op: 'describe' });
    },
  );

  it('takes what is no number of milliseconds for none', async () => {
    await serve(echo);
    expect(JSON.parse(await sendRaw('{"op":"stop","drainMs":"long"}\n'))).toEqual({
      protocol: PROTOCOL,
      value: { op: 'stop', drainMs: 0 },
    });
  });

  it('outlives who connects and is killed', async () => {
    await serve(echo);
    for (let index = 0; index < 10; index += 1) {
      const socket = connect({ path });
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.destroy();
    }
    expect(await ask()).toEqual({ op: 'describe' });
  });

  it('closes although somebody is connected and says nothing', async () => {
    const control = await serve(echo);
    const socket = connect({ path });
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    await control.close();
    socket.destroy();
  });

  it('is held by nobody when it is absent, left over, or no socket', async () => {
    expect(await ask()).toBeUndefined();
    await writeFile(path, '');
    expect(await ask()).toBeUndefined();
  });

  it.each([
    ['nothing, and closes', '', 'the connection was closed'],
    ['what is not JSON', 'hello\n', 'Unexpected token'],
    ['what is no object', '7\n', 'the answer is not an object'],
    ['another protocol', '{"protocol":99,"value":1}\n', 'it is of another version of hotpass'],
  ])('is silent when its holder says %s', async (_, answer, why) => {
    await serveRaw(answer);
    await expect(ask()).rejects.toMatchObject({
      code: 'supervisor-silent',
      message: expect.stringContaining(why),
    });
  });

  it('is silent when its holder says nothing in time', async () => {
    await serveRaw(undefined);
    await expect(ask({ op: 'describe' }, 50)).rejects.toMatchObject({
      code: 'supervisor-silent',
      message: expect.stringContaining('no answer within 0.05 s'),
    });
  });

  it('is asked no longer than anybody waits', async () => {
    await serveRaw(undefined);
    const asked = askControl(path, { op: 'describe' }, 60_000, AbortSignal.timeout(20));
    await expect(asked).rejects.toMatchObject({ code: 'supervisor-silent' });
  });

  describe('a guest that stays', () => {
    it('is told lines ahead of the answer, and heard', async () => {
      await serve(async (_, guest) => {
        guest.tell({ question: 'name?' });
        return { greeting: await guest.hear() };
      });
      const visit = await visitControl(path, { op: 'describe' });
      expect(await visit?.hear()).toEqual({ told: { question: 'name?' } });
      visit?.say({ name: 'op' });
      expect(await visit?.hear()).toEqual({ value: { greeting: { name: 'op' } } });
      expect(await visit?.hear()).toBeUndefined();
    });

    it('gets the answer that is made when it leaves', async () => {
      await serve(async (_, guest) => {
        expect(await guest.hear()).toBeUndefined();
        return guest.left.aborted ? 'goodbye' : 'still there';
      });
      const visit = await visitControl(path, { op: 'describe' });
      visit?.leave();
      expect(await visit?.hear()).toEqual({ value: 'goodbye' });
    });

    it('is known to have left when its process is killed', async () => {
      const left = new Promise<void>((resolve) => {
        void serve(async (_, guest) => {
          guest.tell({});
          guest.left.addEventListener('abort', () => resolve());
        });
      });
      const script = `require('net').connect(${JSON.stringify(path)}).on('data', () => process.kill(process.pid, 'SIGKILL')).write('{"op":"describe"}\\n')`;
      await once(spawn(process.execPath, ['-e', script]), 'exit');
      await left;
    });

    it('stays when the socket was taken away and is made again', async () => {
      const control = await serve(async (_request, guest) => {
        guest.tell({ at: 'home' });
        return guest.hear();
      });
      const visit = await visitControl(path, { op: 'describe' });
      expect(await visit?.hear()).toEqual({ told: { at: 'home' } });
      await rm(folder, { recursive: true });
      await expect(control.renew()).rejects.toThrow(/EACCES|ENOENT/);
      await mkdir(folder);
      await control.renew();
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      const other = await visitControl(path, { op: 'describe' });
      expect(await other?.hear()).toEqual({ told: { at: 'home' } });
      other?.leave();
      visit?.say({ still: 'here' });
      expect(await visit?.hear()).toEqual({ value: { still: 'here' } });
    });

    it('hears the end when the session goes', async () => {
      const control = await serve((_, guest) => new Promise(() => guest.tell({})));
      const visit = await visitControl(path, { op: 'describe' });
      await visit?.hear();
      const heard = visit?.hear();
      await control.close();
      expect(await heard).toBeUndefined();
    });

    it('finds nobody where nobody is', async () => {
      expect(await visitControl(path, { op: 'describe' })).toBeUndefined();
    });
  });
});

import { readFile } from 'node:fs/promises';
import type { System } from '../../../system.ts';
import { dialSocket } from '../../net/dial.ts';

/** An acknowledgement is a message of more than 200 bytes; waking up reads 8. */
const ANSWER_BYTES = 200;
const LOOK_MS = 20;
/** What clients have sent is read into the plugin's buffers sooner than this, where it goes no further. */
const MOVING_MS = 1_000;

/**
 * Tells whether a plugin works: opens and closes a connection through it. One that lost its socket while it was sending
 * does not take that on, or leaves (flaws of its own). One that went deaf at its start does; but its agent acknowledges
 * the connection, and only the kernel knows that it reads nothing. Where the system does not count that, deaf ones pass.
 */
export async function feelPlugin(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  plugin: { readonly pid: number; readonly host: string; readonly port: number },
  withinMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const began = sys.monotonic();
  const before = await settle(sys, plugin.pid, signal);
  let wasTaken = false;
  try {
    // It closes its side when it has passed on that ours is closed.
    const socket = (await dialSocket(plugin)).end().resume();
    socket.on('error', () => {});
    socket.once('end', () => {
      wasTaken = true;
    });
    setTimeout(() => socket.destroy(), withinMs).unref();
  } catch {
    // It listens no more, or takes nobody.
    return false;
  }
  while (sys.monotonic() - began < withinMs && !signal.aborted) {
    await sys.sleep(LOOK_MS, signal);
    const now = await countRead(plugin.pid);
    const wasHeard = before === undefined || (now !== undefined && now - before >= ANSWER_BYTES);
    if (wasTaken && wasHeard) return true;
  }
  return false;
}

/** Waits until a plugin reads no more and gives the count; undefined when it reads all the time, or is not counted. */
async function settle(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  pid: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const began = sys.monotonic();
  let before = await countRead(pid);
  while (before !== undefined && sys.monotonic() - began < MOVING_MS) {
    await sys.sleep(LOOK_MS, signal);
    const now = await countRead(pid);
    if (now === undefined || now - before < ANSWER_BYTES) return now;
    before = now;
  }
  return undefined;
}

/** Bytes that a process has read in its life (rchar of proc(5)'s io); undefined where that is not told. */
async function countRead(pid: number): Promise<number | undefined> {
  const io = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '');
  const count = /^rchar: (\d+)$/m.exec(io)?.[1];
  return count === undefined ? undefined : Number(count);
}

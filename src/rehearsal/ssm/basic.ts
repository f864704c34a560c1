import type { PortForm, PortUser } from './port-form.ts';
import { attachTarget, type TargetStream } from './target-stream.ts';

const BUDGET_BYTES = 4 * 1024 * 1024;

/**
 * Makes the basic form: one connection at a time, dialled at once, and again at the next bytes after the client has
 * disconnected. A target that ends takes the session with it (agent/session/plugins/port/port_basic.go).
 */
export function createBasic(user: PortUser): PortForm {
  let target: TargetStream | undefined;
  let isDialling = false;
  let isStopped = false;
  let waiting: Buffer[] = [];
  let held = 0;
  let wasBlocked = false;

  const isBlocked = () => held >= BUDGET_BYTES;
  const dial = async () => {
    if (isDialling || isStopped) return;
    isDialling = true;
    try {
      const socket = await user.dial();
      if (isStopped) return void socket.destroy();
      const attached = attachTarget(socket, {
        onData(piece) {
          user.onDown(piece.length);
          if (!user.push(piece)) attached.pause();
        },
        onEnd() {
          if (target === attached) user.onOver('');
        },
        onTaken(bytes) {
          user.onUp(bytes);
          held -= bytes;
          if (!wasBlocked || isBlocked()) return;
          wasBlocked = false;
          user.onUnblocked();
        },
        onClose() {},
      });
      target = attached;
      for (const piece of waiting) attached.write(piece);
      waiting = [];
    } catch {
      if (!isStopped) user.onOver('Unable to connect to specified port');
    } finally {
      isDialling = false;
    }
  };
  void dial();
  return {
    take(piece) {
      held += piece.length;
      if (isBlocked()) wasBlocked = true;
      if (target !== undefined) target.write(piece);
      else {
        waiting.push(piece);
        void dial();
      }
      return true;
    },
    disconnect() {
      const left = target;
      target = undefined;
      left?.finish();
    },
    isBlocked,
    onRoom: () => target?.resume(),
    facts: () => ({
      streams: target === undefined ? 0 : 1,
      targetSockets: target === undefined ? 0 : 1,
    }),
    stop() {
      isStopped = true;
      target?.destroy();
      target = undefined;
    },
  };
}

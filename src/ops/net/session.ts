import { join } from 'node:path';
import { HotpassError } from '../../errors.ts';
import {
  addSession,
  dropSession,
  keepSession,
  netStore,
  removeSession,
  type Session,
} from '../../state/net.ts';
import type { Owner } from '../../state/owner.ts';
import type { System } from '../../system.ts';
import type { Attendance } from '../supervisor/attendance.ts';
import { scrubEnvironment } from '../supervisor/environment.ts';
import { createLog } from '../supervisor/log.ts';
import { createStatePlace } from '../supervisor/state-place.ts';
import { type Supervised, supervise } from '../supervisor/supervise.ts';
import { createTroubles } from '../supervisor/troubles.ts';
import { createDirectTransport } from './direct.ts';
import { createHandles } from './handles.ts';
import { createOwnState } from './own-state.ts';
import type { TunnelPlan } from './plan.ts';
import { recordPlan } from './plan-record.ts';
import { type Inherited, NOTHING_INHERITED, readRemark } from './ssh/inherited.ts';
import { createSshTransport, type SshTransport } from './ssh/transport.ts';
import type { SessionStatus } from './status.ts';
import type { Transport } from './transport.ts';
import { createTunnel, type TunnelStopped } from './tunnel.ts';
import { createSsmSession } from './via-ssm/ssm-session.ts';

/** Everything that playing a session takes; what `net up` sends to the background process. */
export interface SessionOrder {
  readonly id: string;
  readonly nonce: string;
  /** Absolute state folder of the project. */
  readonly project: string;
  /** Log file, relative to the state folder. */
  readonly log: string;
  readonly foreground: boolean;
  /** The session is there for `net exec` alone, and ends with the last command that uses it. */
  readonly lent: boolean;
  /** Id of the dead session of the label; its record stays until this one works. */
  readonly replaces?: string;
  readonly plan: TunnelPlan;
  /** What ssh_config adds to it. */
  readonly inherited?: Inherited | undefined;
}

/** What a background process says of its session to whoever asks. */
export interface SessionDescription {
  readonly kind: 'tunnel';
  readonly id: string;
  readonly nonce: string;
  readonly pid: number;
  readonly owner: Owner;
  readonly project: string;
  /** It ends with the last command that uses it. */
  readonly lent?: boolean;
  readonly plan: TunnelPlan;
}

/**
 * Plays one session in this process until it ends; resolves when it works. `onNote` is told what ssh remarks;
 * `attendance` has who may be asked.
 */
export function playSession(
  sys: System,
  order: SessionOrder,
  attendance: Attendance,
  onNote: (text: string) => void,
): Promise<Supervised<SessionStatus, TunnelStopped>> {
  const { plan, project } = order;
  const place = createStatePlace(project);
  const log = createLog(sys, join(project, order.log), { mayWrite: () => place.look() === 'there' });
  let replaced: Session | undefined;
  let isBorrowed = () => order.lent;
  const troubles = createTroubles(log.write);
  const handles = createHandles(plan.forwards.length, (warning) => troubles.tell('open files', warning));
  const own = createOwnState(sys, { id: order.id, project, place, log });
  const name = { id: order.id, pid: sys.pid, project, log: join(project, order.log) };
  const { remember } = own;
  const env = scrubEnvironment(sys.env, order.nonce);
  const ssm =
    plan.via === 'ssm'
      ? createSsmSession(sys, { id: order.id, env, plan, project, log: log.write, onNote, remember })
      : undefined;
  return supervise(sys, {
    id: order.id,
    nonce: order.nonce,
    description: { kind: 'tunnel', nonce: order.nonce, project, plan },
    attendance,
    log: log.write,
    lent: order.lent,
    makeWork: (folder, isLent) =>
      createTunnel(sys, {
        plan,
        name,
        attendance,
        log: log.write,
        warnings: () => troubles.list(),
        handles,
        isLent,
        transport:
          ssm?.makeTransport(folder) ??
          createTransport(sys, order, {
            env,
            folder,
            attendance,
            log: log.write,
            onLine(line) {
              log.write(`ssh: ${line}`);
              const remark = readRemark(line);
              if (remark !== undefined) onNote(remark);
            },
          }),
      }),
    takeKeys: (keys) => ssm?.takeKeys(keys),
    troubles,
    things: [...own.things, handles],
    async register(owner, socket, isLent) {
      isBorrowed = isLent;
      const net = await netStore.update(sys, project, (net) => {
        replaced = net.sessions.find(({ id }) => id === order.replaces);
        return addSession(replaced === undefined ? net : removeSession(net, replaced.id), {
          id: order.id,
          ...recordPlan(plan),
          createdAt: sys.now().toISOString(),
          owner,
          nonce: order.nonce,
          socket,
          log: order.log,
          foreground: order.foreground,
          ...(isLent() ? { lent: true } : {}),
        });
      });
      own.remember(net);
    },
    async unregister(why) {
      // What was not taken down is brought back after a reboot; one in the foreground, by whoever started it.
      if (why === 'ended' && !order.foreground && !isBorrowed()) return;
      const left = (await ssm?.leftOver()) ?? [];
      if (left.length > 0) {
        // Whoever finds the record of a session that is gone ends what stands in it.
        const what = `still open in SSM: ${left.join(', ')}`;
        log.write(what);
        if (why !== 'told') onNote(`${what}; the next hotpass net up or net down ends what is left`);
        return;
      }
      const isInPassing = why === 'not-started' || (why === 'ended' && isBorrowed());
      await dropSession(sys, project, order.id, isInPassing ? replaced : undefined);
    },
    async keep() {
      own.remember(await netStore.update(sys, project, (net) => keepSession(net, order.id)));
    },
  });
}

function createTransport(
  sys: System,
  order: SessionOrder,
  around: Pick<SshTransport, 'env' | 'folder' | 'attendance' | 'log' | 'onLine'>,
): Transport {
  const { via, gateway, forwards } = order.plan;
  if (via === 'direct') return createDirectTransport();
  if (gateway === undefined) throw new HotpassError('no-host', 'the plan names no bastion');
  const { nonce } = order;
  const { inherited = NOTHING_INHERITED } = order;
  return createSshTransport(sys, { gateway, forwards, inherited, nonce, ...around });
}

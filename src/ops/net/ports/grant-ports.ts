import { dirname } from 'node:path';
import { HotpassError } from '../../../errors.ts';
import { findMountPoint, isDeleted } from '../../../state/mount-point.ts';
import { judgeOwner, readOwner } from '../../../state/owner.ts';
import { holderOf, type PortLedger, portStore, release } from '../../../state/ports.ts';
import { userDirs } from '../../../state/user-dirs.ts';
import type { System } from '../../../system.ts';
import { findLiveSessions, type LiveSession } from '../find-sessions.ts';
import { keeperText, type Obstacle, obstacleText } from '../obstacle.ts';
import type { SettledRequest } from '../settle.ts';
import { placeOf } from '../via-ssm/ssm-place.ts';
import { portsLedTo } from './leads-back.ts';
import { describePortHolder, describeSessionOn } from './port-holder.ts';
import { type ChosenPorts, choosePorts, findObstacle, grantPorts, type PortOwner } from './ports.ts';

/** Longest time from the grant of a port until its session listens on it, on a busy machine. */
const STARTING_MS = 20_000;

/** Chooses the ports of a request as `net up` would, and writes nothing. */
export async function previewPorts(
  sys: System,
  project: string,
  request: SettledRequest,
): Promise<ChosenPorts> {
  return chooseFrom(sys, project, request, await portStore.read(userDirs(sys).privateState));
}

/** Chooses the ports of a request and grants them to its target, under the lock of the ledger. */
export async function grantRequestedPorts(
  sys: System,
  project: string,
  request: SettledRequest,
): Promise<ChosenPorts> {
  let chosen: ChosenPorts | undefined;
  await portStore.update(sys, userDirs(sys).privateState, async (ledger) => {
    chosen = await chooseFrom(sys, project, request, ledger);
    const [grantedBy, mount] = await Promise.all([readOwner(sys), findMountPoint(dirname(project))]);
    const sshConfig = request.plan.gateway?.configFile;
    const { ssm } = request.plan;
    const free = release(
      ledger,
      chosen.freed.map(({ lease }) => lease),
    );
    return grantPorts(free, ownerOf(project, request), chosen.forwards, {
      leasedAt: sys.now().toISOString(),
      ...(grantedBy === undefined ? {} : { grantedBy }),
      ...(mount === undefined ? {} : { mount }),
      ...(sshConfig === undefined ? {} : { sshConfig }),
      ...(ssm === undefined ? {} : { ssm: placeOf(ssm) }),
    });
  });
  if (chosen === undefined) throw new HotpassError('unexpected', 'the ledger was not asked');
  return chosen;
}

async function chooseFrom(
  sys: System,
  project: string,
  request: SettledRequest,
  ledger: PortLedger,
): Promise<ChosenPorts> {
  try {
    return await choosePorts({
      owner: ownerOf(project, request),
      wanted: request.wanted,
      policy: request.policy,
      ledger,
      ledTo: portsLedTo(request.plan, request.wanted),
      blocked: async (port) =>
        (await findStarting(sys, ledger, ownerOf(project, request), port)) ??
        (await findObstacle(request.plan.bind, port)),
      isGone: (lease) => isDeleted(dirname(lease.project), lease.mount),
    });
  } catch (error) {
    if (!(error instanceof HotpassError) || error.code !== 'port-busy') throw error;
    throw await nameHolder(sys, error);
  }
}

/**
 * A port that another label of the target was given a moment ago is not listened on yet, and is taken all the same
 * while the `net up` that asked for it waits for its session.
 */
async function findStarting(
  sys: System,
  ledger: PortLedger,
  owner: PortOwner,
  port: number,
): Promise<Obstacle | undefined> {
  const holder = holderOf(ledger, port);
  if (holder?.grantedBy === undefined || holder.label === owner.label) return undefined;
  // A clock that was set back must not keep a port for years.
  const isNew = Math.abs(sys.now().getTime() - Date.parse(holder.leasedAt)) < STARTING_MS;
  if (!isNew || (await judgeOwner(sys, holder.grantedBy)) === 'dead') return undefined;
  return { kind: 'leased', project: holder.project, target: holder.target, label: holder.label };
}

async function nameHolder(sys: System, error: HotpassError): Promise<HotpassError> {
  const { details } = error;
  if (typeof details !== 'object' || details === null || !('port' in details)) return error;
  if (typeof details.port !== 'number') return error;
  const kind = 'obstacle' in details ? JSON.stringify(details.obstacle) : '';
  const live = await findLiveSessions(sys);
  // A port that is only kept for somebody is held by nobody, unless that session is up.
  const holder = kind.includes('"busy"')
    ? await describePortHolder(details.port, live)
    : kind.includes('"leased"') && describeSessionOn(details.port, live);
  if (!holder) return error;
  return new HotpassError(error.code, `${error.message}, held by ${holder}`, {
    hint: error.hint,
    details: { ...details, holder },
  });
}

/** A port that moved, and who keeps the one that was wanted. */
export interface ToldMove {
  readonly forward: string;
  readonly from: number;
  readonly to: number;
  /** In words; absent when a session that runs already moved long ago. */
  readonly holder?: string;
}

/** Says which ports moved, who holds the ones that were wanted, and whose ports were taken over. */
export async function tellMoves(
  sys: System,
  chosen: ChosenPorts,
): Promise<{ readonly moved: readonly ToldMove[]; readonly notes: readonly string[] }> {
  const takenOver = chosen.freed.map(
    ({ forward, lease: { port, project, target, label } }) =>
      `${port} was kept for target ${target} (label ${label}) of ${project}, whose folder is gone; ${forward} keeps it from now on`,
  );
  const live = chosen.moved.length === 0 ? [] : await findLiveSessions(sys);
  const told = await Promise.all(
    chosen.moved.map(async ({ forward, wanted, got, obstacle }) => {
      const holder = await nameKeeper(wanted, obstacle, live);
      const held = obstacle.kind === 'busy' ? `held by ${holder}` : obstacleText(obstacle);
      return {
        move: { forward, from: wanted, to: got, holder },
        note: `${wanted} is ${held}; ${forward} keeps ${got} from now on`,
      };
    }),
  );
  return { moved: told.map(({ move }) => move), notes: [...told.map(({ note }) => note), ...takenOver] };
}

/** A session of ours is named as such, also when its port is kept for it anyhow. */
async function nameKeeper(port: number, obstacle: Obstacle, live: readonly LiveSession[]): Promise<string> {
  if (obstacle.kind === 'busy') return describePortHolder(port, live);
  if (obstacle.kind === 'leased') return describeSessionOn(port, live) ?? keeperText(obstacle);
  return obstacleText(obstacle);
}

function ownerOf(project: string, request: SettledRequest) {
  return { project, target: request.plan.target, label: request.plan.label };
}

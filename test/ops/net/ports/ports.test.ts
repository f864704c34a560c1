import { describe, expect, it, onTestFinished } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import { type Obstacle, obstacleText } from '../../../../src/ops/net/obstacle.ts';
import {
  type ChoosePorts,
  choosePorts,
  findObstacle,
  grantPorts,
  type WantedForward,
} from '../../../../src/ops/net/ports/ports.ts';
import type { PortLease, PortLedger } from '../../../../src/state/ports.ts';
import { freePort, startServer } from '../../../support/ports.ts';

const owner = { project: '/p/.hotpass', target: 'staging', label: 'staging' };
const want = (name: string, port: number, localPort?: number): WantedForward => ({
  name,
  host: `${name}.internal`,
  port,
  probe: 'tcp',
  ...(localPort === undefined ? {} : { localPort }),
});
const leases = (...ports: [forward: string, port: number, who?: Partial<typeof owner>][]): PortLedger => ({
  version: 1,
  leases: ports.map(([forward, port, who]) => ({
    ...owner,
    ...who,
    forward,
    port,
    leasedAt: '2026-01-01T00:00:00.000Z',
  })),
});

interface Case extends Partial<Omit<ChoosePorts, 'blocked' | 'isGone' | 'ledTo'>> {
  readonly busy?: readonly number[];
  readonly denied?: readonly number[];
  readonly ledTo?: readonly [number, string][];
  readonly gone?: readonly string[];
}

async function choose({ busy = [], denied = [], ledTo = [], gone = [], ...given }: Case): Promise<string> {
  const blocked = async (port: number): Promise<Obstacle | undefined> => {
    if (busy.includes(port)) return { kind: 'busy', address: '127.0.0.1' };
    return denied.includes(port) ? { kind: 'denied', address: '127.0.0.1' } : undefined;
  };
  const asked = { owner, wanted: [want('api', 4200)], policy: 'careful' as const, ledger: leases() };
  try {
    const isGone = async ({ project }: PortLease) => gone.includes(project);
    const { forwards, moved, freed } = await choosePorts({
      ...asked,
      ...given,
      ledTo: new Map(ledTo),
      blocked,
      isGone,
    });
    const ports = forwards.map(({ name, localPort }) => `${name} ${localPort}`).join(', ');
    const moves = moved.map(({ wanted, obstacle }) => `; ${wanted} is ${obstacleText(obstacle)}`).join('');
    return ports + moves + freed.map(({ lease }) => `; ${lease.port} of ${lease.project} is freed`).join('');
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    return `${error.code}: ${error.message}; next ${error.hint}`;
  }
}

describe('choosePorts', () => {
  it.each<[string, Case, string]>([
    ['takes the remote port', {}, 'api 4200'],
    ['takes 8443 for 443', { wanted: [want('api', 443)] }, 'api 8443'],
    [
      'takes 6443 for a cluster',
      { wanted: [{ ...want('eks', 443), cluster: { name: 'c', region: 'eu-west-1', ca: 'PEM' } }] },
      'eks 6443',
    ],
    ['takes what is asked for', { wanted: [want('api', 4200, 5000)] }, 'api 5000'],
    ['takes what the target had before', { ledger: leases(['api', 4300]) }, 'api 4300'],
    [
      'takes the newest of what the target had before',
      { ledger: leases(['api', 4300], ['api', 4301]) },
      'api 4301',
    ],
    [
      'prefers what is asked for to what was before',
      { ledger: leases(['api', 4300]), wanted: [want('api', 4200, 5000)] },
      'api 5000',
    ],
    ['moves from a busy port', { busy: [4200, 4201] }, 'api 4202; 4200 is in use on 127.0.0.1'],
    [
      'moves two forwards with one remote port apart',
      { wanted: [want('api', 4200), want('ui', 4200)] },
      'api 4200, ui 4201; 4200 is kept for target staging (label staging) of /p/.hotpass',
    ],
    [
      'leaves alone what another target was given, also when nothing listens there',
      { ledger: leases(['api', 4200, { target: 'prod', label: 'prod' }]) },
      'api 4201; 4200 is kept for target prod (label prod) of /p/.hotpass',
    ],
    [
      'leaves alone what the same target of another project was given',
      { ledger: leases(['api', 4200, { project: '/q/.hotpass' }]) },
      'api 4201; 4200 is kept for target staging (label staging) of /q/.hotpass',
    ],
    [
      'takes the very port that it wants from a project that is gone',
      { ledger: leases(['api', 4200, { project: '/q/.hotpass' }]), gone: ['/q/.hotpass'] },
      'api 4200; 4200 of /q/.hotpass is freed',
    ],
    [
      'leaves alone the ports of a project that is gone while others are free',
      {
        busy: [4200],
        ledger: leases(['api', 4201, { project: '/q/.hotpass' }]),
        gone: ['/q/.hotpass'],
      },
      'api 4202; 4200 is in use on 127.0.0.1',
    ],
    [
      'takes a port of a project that is gone when no other is free',
      {
        wanted: [want('api', 65_534)],
        busy: [65_534],
        ledger: leases(['other', 65_535, { project: '/q/.hotpass' }]),
        gone: ['/q/.hotpass'],
      },
      'api 65535; 65534 is in use on 127.0.0.1; 65535 of /q/.hotpass is freed',
    ],
    [
      'keeps the ports of its own other targets, though its folder is still to be made',
      { ledger: leases(['api', 4200, { target: 'prod' }]), gone: ['/p/.hotpass'] },
      'api 4201; 4200 is kept for target prod (label staging) of /p/.hotpass',
    ],
    [
      'moves past what another of its forwards asks for',
      { wanted: [want('api', 4200), want('ui', 80, 4201)], busy: [4200] },
      'api 4202, ui 4201; 4200 is in use on 127.0.0.1',
    ],
    [
      'moves past the ports of its own other forwards',
      { busy: [4200], ledger: leases(['ui', 4201]) },
      'api 4202; 4200 is in use on 127.0.0.1',
    ],
    [
      'stays when told so',
      { policy: 'stays', busy: [4200] },
      'port-busy: port 4200 for api is in use on 127.0.0.1; next end who holds it, or take another port',
    ],
    [
      'stays where files may point to',
      { busy: [4300], ledger: leases(['api', 4300]) },
      'port-busy: port 4300 for api is in use on 127.0.0.1; it had this port before, so files may point there; next end who holds it, or let it move: --auto-port',
    ],
    [
      'moves from where files may point to when told so',
      { policy: 'moves', busy: [4300], ledger: leases(['api', 4300]) },
      'api 4301; 4300 is in use on 127.0.0.1',
    ],
    [
      'says that a port is not for this user',
      { policy: 'stays', denied: [80], wanted: [want('api', 80, 80)] },
      'port-denied: this user may not listen on port 80 for api; next take another: --forward api=LOCAL:HOST:PORT',
    ],
    [
      'never listens where it leads itself',
      { ledTo: [[4200, 'api']] },
      'api 4201; 4200 is where forward api leads',
    ],
    [
      'never listens where another of its forwards leads',
      { wanted: [want('api', 4200), want('ui', 4201, 4200)], ledTo: [[4200, 'api']] },
      'api 4201, ui 4202; 4200 is where forward api leads; 4200 is where forward api leads',
    ],
    [
      'refuses to listen where it leads when it may not move',
      { policy: 'stays', ledTo: [[4200, 'api']] },
      'port-busy: port 4200 for api is where forward api leads; next take another: --forward api=LOCAL:HOST:PORT, or let it move: --auto-port',
    ],
    [
      'ends at the last port',
      { wanted: [want('api', 65_535)], busy: [65_535] },
      'port-busy: no port from 65535 to 65535 is free; next name one: --forward NAME=LOCAL:HOST:PORT',
    ],
  ])('%s', async (_, given, expected) => {
    expect(await choose(given)).toBe(expected);
  });
});

it('grants each chosen port to its forward', () => {
  const forwards = [{ ...want('api', 4200), localPort: 4201 }];
  const granted = grantPorts(leases(), owner, forwards, {
    leasedAt: '2026-01-01T00:00:00.000Z',
  });
  expect(granted).toEqual(leases(['api', 4201]));
});

describe('findObstacle', () => {
  it.each(['127.0.0.1', '::1'])('finds who listens on %s only', async (address) => {
    const port = await freePort();
    const server = await startServer(port, address, (socket) => socket.resume());
    onTestFinished(server.close);
    expect(await findObstacle(['127.0.0.1', '::1'], port)).toEqual({ kind: 'busy', address });
  });

  it('finds who listens on every address', async () => {
    const port = await freePort();
    const server = await startServer(port, '0.0.0.0', (socket) => socket.resume());
    onTestFinished(server.close);
    expect(await findObstacle(['127.0.0.1'], port)).toEqual({ kind: 'busy', address: '127.0.0.1' });
  });

  it('finds nothing on a free port, and leaves it free', async () => {
    const port = await freePort();
    expect(await findObstacle(['127.0.0.1', '::1'], port)).toBeUndefined();
    expect(await findObstacle(['127.0.0.1', '::1'], port)).toBeUndefined();
  });

  it('leaves an address that is not of this machine to the listener, which names it', async () => {
    expect(await findObstacle(['192.0.2.1'], await freePort())).toBeUndefined();
  });
});

import { HotpassError } from '../../errors.ts';

/** Why a port cannot be had. */
export type Obstacle =
  | { readonly kind: 'busy'; readonly address: string }
  | { readonly kind: 'denied'; readonly address: string }
  | { readonly kind: 'leased'; readonly project: string; readonly target: string; readonly label: string }
  /** A forward of the same session leads to it: its clients would be passed on to itself. */
  | { readonly kind: 'led-to'; readonly forward: string };

/** Makes the error for a port that cannot be had and may not move. */
export function blockedError(
  name: string,
  port: number,
  obstacle: Obstacle,
  pointedAt: boolean,
): HotpassError {
  if (obstacle.kind === 'denied') {
    return new HotpassError('port-denied', `this user may not listen on port ${port} for ${name}`, {
      hint: `take another: --forward ${name}=LOCAL:HOST:PORT`,
    });
  }
  if (obstacle.kind === 'led-to') {
    return new HotpassError('port-busy', `port ${port} for ${name} is ${obstacleText(obstacle)}`, {
      hint: `take another: --forward ${name}=LOCAL:HOST:PORT, or let it move: --auto-port`,
      details: { forward: name, port, obstacle },
    });
  }
  const keeps = pointedAt ? '; it had this port before, so files may point there' : '';
  return new HotpassError('port-busy', `port ${port} for ${name} is ${obstacleText(obstacle)}${keeps}`, {
    hint: pointedAt
      ? 'end who holds it, or let it move: --auto-port'
      : 'end who holds it, or take another port',
    details: { forward: name, port, obstacle },
  });
}

/** Names the target that a port is kept for. */
export function keeperText({ target, label, project }: Extract<Obstacle, { kind: 'leased' }>): string {
  return `target ${target} (label ${label}) of ${project}`;
}

/** Says in words what stands in the way of a port. */
export function obstacleText(obstacle: Obstacle): string {
  if (obstacle.kind === 'busy') return `in use on ${obstacle.address}`;
  if (obstacle.kind === 'denied') return 'not allowed for this user';
  if (obstacle.kind === 'led-to') return `where forward ${obstacle.forward} leads`;
  return `kept for ${keeperText(obstacle)}`;
}

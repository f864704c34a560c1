import { expect, it } from 'vitest';
import { relaySignals } from '../../../../src/ops/net/exec/exec-signals.ts';
import { testSystem } from '../../../support/system.ts';

/** A relay whose signals the test sends; `stdin` says whether a terminal is there, where there is no /proc to ask. */
function prepare(stdin: boolean) {
  let taken: ((name: NodeJS.Signals) => void) | undefined;
  const system = testSystem({
    platform: 'darwin',
    terminal: { stdin },
    takeSignals: (listener) => {
      taken = listener;
      return () => {
        taken = undefined;
      };
    },
  });
  const got: NodeJS.Signals[] = [];
  const relay = relaySignals(system);
  return { relay, got, send: (name: NodeJS.Signals) => taken?.(name), isTaken: () => taken !== undefined };
}

it('a signal that comes before the command is there reaches it all the same', () => {
  const { relay, got, send } = prepare(false);
  send('SIGTERM');
  relay.to((signal) => void got.push(signal));
  send('SIGUSR1');
  expect(got).toEqual(['SIGTERM', 'SIGUSR1']);
});

it('what a terminal sends to the whole group is not sent again, and everything else is', () => {
  const { relay, got, send } = prepare(true);
  relay.to((signal) => void got.push(signal));
  for (const name of ['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)
    send(name);
  expect(got).toEqual(['SIGTERM', 'SIGHUP', 'SIGUSR2']);
});

it('after its end signals are this process own again', () => {
  const { relay, isTaken } = prepare(false);
  expect(isTaken()).toBe(true);
  relay.end();
  expect(isTaken()).toBe(false);
});

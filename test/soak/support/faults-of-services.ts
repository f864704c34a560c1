import { startMarquez } from '../../../src/rehearsal/marquez.ts';
import { startPrefect } from '../../../src/rehearsal/prefect.ts';
import { type Fault, LOCAL_MS, type Scene, SERVICE_MS } from './scene.ts';

/** What can happen to a service behind a way that works. */
export const faultsOfServices: readonly Fault[] = [
  {
    name: 'service down',
    play: (scene) =>
      degraded(scene, async () => {
        await scene.prefect.close();
        return () => startAgain(scene);
      }),
  },
  {
    name: 'another service on its port',
    play: (scene) =>
      degraded(scene, async () => {
        await scene.prefect.close();
        const stranger = await startMarquez({ port: scene.prefect.port });
        return async () => {
          await stranger.close();
          await startAgain(scene);
        };
      }),
  },
  { name: 'service silent', play: (scene) => sick(scene, ({ prefect }) => prefect.hang()) },
  { name: 'service answers 500', play: (scene) => sick(scene, ({ prefect }) => prefect.say(500)) },
  {
    name: 'service breaks connections',
    play: (scene) => sick(scene, ({ prefect }) => prefect.breakConnections()),
  },
  {
    name: 'service slow, 1 s',
    async play({ prefect, is, stay }) {
      is('ready', { withinMs: LOCAL_MS });
      prefect.slow(1_000);
      await stay(5_000);
      prefect.heal();
    },
  },
];

/** A service that is asked again while it is sick, and after it was healed. */
export function sick(scene: Scene, act: (scene: Scene) => void): Promise<void> {
  return degraded(scene, async () => {
    act(scene);
    return async () => scene.prefect.heal();
  });
}

async function degraded(
  { is, stay, heals }: Scene,
  begin: () => Promise<() => Promise<void>>,
): Promise<void> {
  is('degraded', { withinMs: SERVICE_MS });
  const end = await begin();
  await stay(6_000);
  await end();
  await heals();
}

async function startAgain({ prefect, afterwards }: Scene): Promise<void> {
  const again = await startPrefect({ port: prefect.port });
  afterwards(() => again.close());
}

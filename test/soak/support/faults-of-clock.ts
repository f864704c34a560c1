import { sick } from './faults-of-services.ts';
import { type Fault, LOCAL_MS } from './scene.ts';

const HOUR_S = 3_600;
/** Longer than the session takes to notice that its clock was set, and to ask the far side. */
const NOTICED_MS = 8_000;

/** Clocks that are set: nothing of the session breaks, and no old answer may look new for it. */
export const faultsOfClock: readonly Fault[] = [
  setClock('clock set back', -HOUR_S),
  setClock('clock set forward', HOUR_S),
].flat();

function setClock(name: string, seconds: number): Fault[] {
  return [
    {
      name,
      byFakeClock: true,
      async play({ clock, is, stay }) {
        is('ready', { withinMs: LOCAL_MS });
        await clock.set(seconds);
        await stay(NOTICED_MS);
      },
    },
    {
      name: `${name}, then a service falls silent`,
      byFakeClock: true,
      async play(scene) {
        await scene.clock.set(seconds);
        await sick(scene, ({ prefect }) => prefect.hang());
      },
    },
  ];
}

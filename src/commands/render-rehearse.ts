import type { Rehearsal } from '../ops/rehearse/describe.ts';
import type { Kept } from '../ops/rehearse/keep.ts';
import { shellWord } from '../shell-words.ts';

/** Shows a rehearsal as lines that a shell evaluates, and nothing else. */
export function renderKept({ environment, unset }: Rehearsal): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${shellWord(value)}`);
  return [...exports, `unset ${unset.join(' ')}`].join('\n');
}

/** Says what to type next; `isShown` tells that the lines went to a person, and not to a shell. */
export function adviseKept({ outcome, rehearsal }: Kept, isShown: boolean): readonly string[] {
  const services = Object.entries(rehearsal.services).map(([name, url]) => `${name} ${url}`);
  const stands = outcome === 'started' ? 'stands' : 'stood already';
  return [
    `a staging ${stands}: ${rehearsal.address.instance} at ${rehearsal.address.endpoint}, behind it ${services.join(', ')}`,
    isShown
      ? 'go there, in a shell of its own: eval "$(hotpass rehearse --keep)"'
      : 'this shell goes there now: hotpass net up',
    `let something go wrong: hotpass rehearse --fault ${rehearsal.faults.join('|')}`,
    `it ends at ${rehearsal.endsAt}, or now: hotpass rehearse --end`,
  ];
}

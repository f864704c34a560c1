import { parse } from 'dotenv';
import { HotpassError } from '../errors.ts';
import type { TrustedFile } from './read-trusted.ts';
import type { Setting } from './setting.ts';

/** What `.env` gives: the variables of hotpass only, and remarks on those that are not taken from it. */
export interface DotenvFile {
  readonly variables: ReadonlyMap<string, Setting<string>>;
  readonly warnings: readonly string[];
}

/** These decide where `.env` is. */
const WHERE = ['HOTPASS_CONFIG', 'HOTPASS_STATE_DIR'];
/** These make ssh run something, and the file comes with the project. */
const RUNS = /^HOTPASS_SSH_(?:CONFIG|OPTION)/;

/** Reads the `HOTPASS_*` variables of a `.env` file. Throws `config-untrusted`. */
export function parseDotenv({ text, shown }: TrustedFile): DotenvFile {
  const variables = new Map<string, Setting<string>>();
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(parse(text))) {
    if (!name.startsWith('HOTPASS_') || value === '') continue;
    const origin = `${shown}:${findLine(text, name)}`;
    if (RUNS.test(name)) throw untrusted(name, origin);
    if (WHERE.includes(name))
      warnings.push(`${origin}: ${name} is not taken from .env; set it in the environment`);
    else variables.set(name, { value, origin });
  }
  return { variables, warnings };
}

function untrusted(name: string, origin: string): HotpassError {
  return new HotpassError(
    'config-untrusted',
    `${origin}: ${name} can make ssh run commands; .env may not set it`,
    {
      hint: `set ${name} in the environment, or give the flag`,
      details: { origin, name },
    },
  );
}

/**
 * Finds the line of the assignment that counts, the last one. dotenv tells no lines, so a candidate is renamed
 * and parsed again: a line inside a quoted value yields no variable of that name.
 */
function findLine(text: string, name: string): number {
  const lines = text.split(/\r\n|\r|\n/);
  const probe = `${name}__LINE`;
  const assignment = new RegExp(`^\\s*(?:export\\s+)?${name}(?=\\s*=|:\\s)`);
  const candidates = lines.flatMap((line, index) => (assignment.test(line) ? [index] : [])).reverse();
  const isReal = (index: number): boolean => {
    const renamed = lines.with(index, (lines[index] ?? '').replace(name, probe));
    return parse(renamed.join('\n'))[probe] !== undefined;
  };
  const found = candidates.length === 1 ? candidates[0] : candidates.find(isReal);
  return (found ?? 0) + 1;
}

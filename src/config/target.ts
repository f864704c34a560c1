import { HotpassError } from '../errors.ts';
import { suggestWord } from '../suggest.ts';
import type { Layer } from './layer.ts';
import { describePattern, namePattern } from './patterns.ts';
import type { Setting } from './setting.ts';

/** The target of a verb that names none, where no config names one either. */
export const DEFAULT_TARGET = 'staging';

/** Lists the targets that config files name. */
export function targetNames(layers: readonly Layer[]): string[] {
  return [...new Set(layers.flatMap(({ file }) => Object.keys(file.targets ?? {})))].sort();
}

/** Decides the target. Throws `label-invalid` and, where the config lists targets, `target-unknown`. */
export function chooseTarget(
  layers: readonly Layer[],
  asked: string | undefined,
  variable: Setting<string> | undefined,
): Setting<string> {
  const target = (asked === undefined ? undefined : { value: asked, origin: 'command line' }) ??
    variable ??
    configuredTarget(layers) ?? { value: DEFAULT_TARGET, origin: 'default' };
  checkName(target);
  checkListed(target, layers);
  return target;
}

function configuredTarget(layers: readonly Layer[]): Setting<string> | undefined {
  for (const { file, position } of layers) {
    if (file.defaultTarget !== undefined)
      return { value: file.defaultTarget, origin: position(['defaultTarget']) };
  }
  return undefined;
}

function checkName({ value, origin }: Setting<string>): void {
  if (new RegExp(namePattern).test(value)) return;
  throw new HotpassError('label-invalid', `target ${JSON.stringify(value)} (${origin}) is not a name`, {
    hint: describePattern(namePattern),
    details: { target: value, origin },
  });
}

function checkListed({ value, origin }: Setting<string>, layers: readonly Layer[]): void {
  const listing = layers.filter(({ file }) => Object.keys(file.targets ?? {}).length > 0);
  const targets = targetNames(layers);
  if (targets.length === 0 || targets.includes(value)) return;
  const files = listing.map(({ shown }) => shown).join(', ');
  const nearest = suggestWord(value, targets);
  const question = nearest === undefined ? '' : `did you mean "${nearest}"? `;
  throw new HotpassError(
    'target-unknown',
    `target "${value}" (${origin}) is not in ${files}; ${question}known: ${targets.join(', ')}`,
    { hint: `--target ${nearest ?? targets[0]}`, details: { target: value, origin, targets } },
  );
}

import { validate } from '../generated/config.js';
import type { Layer, LayerKind } from './layer.ts';
import { parseYaml } from './parse-yaml.ts';
import { invalidConfig, type Problem, showPosition, toPointer } from './problems.ts';
import type { TrustedFile } from './read-trusted.ts';
import { describeProblem } from './schema-problems.ts';

/** Finding the place of a problem costs time; a file with more of them than this is no config. */
const MAX_DESCRIBED = 200;

/** Parses and checks one config file. Throws `config-invalid` with every problem in it. */
export function parseLayer(kind: LayerKind, { shown, text }: TrustedFile): Layer {
  const { value, locate } = parseYaml(text, shown);
  if (!validate(value)) throw invalidConfig(problemsOf());
  const both = bothAlternatives(value);
  if (both.length > 0) throw invalidConfig(both);
  return { kind, shown, file: value, position: (path) => showPosition(shown, locate(path, 'value')) };

  function problemsOf(): readonly Problem[] {
    return (validate.errors ?? []).slice(0, MAX_DESCRIBED).flatMap((error) => {
      const described = describeProblem(error, value);
      if (described === undefined) return [];
      const { path, what, message } = described;
      return [{ file: shown, ...locate(path, what), pointer: toPointer(path), message }];
    });
  }

  function bothAlternatives(file: Layer['file']): readonly Problem[] {
    return Object.entries(file.targets ?? {}).flatMap(([name, target]) => {
      const { instance, tag } = target.net?.ssm ?? {};
      if (instance === undefined || tag === undefined) return [];
      const path = ['targets', name, 'net', 'ssm', 'tag'];
      const message = `targets.${name}.net.ssm names an instance and a tag; keep one`;
      return [{ file: shown, ...locate(path, 'key'), pointer: toPointer(path), message }];
    });
  }
}

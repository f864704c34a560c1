import type { Path } from './problems.ts';
import type { ConfigFile } from './schema.ts';

/** Which of the three files a layer comes from; earlier ones win. */
export type LayerKind = 'local' | 'project' | 'user';

/** One config file, checked. */
export interface Layer {
  readonly kind: LayerKind;
  /** Its name in messages. */
  readonly shown: string;
  readonly file: ConfigFile;
  /** `file:line:column` of a value. */
  position(path: Path): string;
}

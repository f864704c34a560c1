import { HotpassError } from '../../../errors.ts';
import type { InstanceWish } from '../plan.ts';

const ID = /^(?:m?i-[0-9a-f]{8,17}|ecs:[\w-]+_[0-9A-Za-z-]+_[0-9A-Za-z-]+)$/;
// One whose name begins like this is found by tag:Name=….
const LOOKS_LIKE_ID = /^(?:m?i-|ecs:)/;
// What AWS lets a tag hold; no dash in front, where a program would take it for an option.
const KEY = /^[\p{L}\p{N}_.:/@][\p{L}\p{N} _.:/=+@-]{0,127}$/u;
const VALUE = /^[\p{L}\p{N} _.:/=+@-]{0,256}$/u;
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N} _.:/=+@-]{0,255}$/u;

/** Reads `i-…`, `mi-…`, `ecs:CLUSTER_TASK_RUNTIME`, `tag:KEY=VALUE` or a name. Throws `instance-invalid`. */
export function parseInstance(text: string): InstanceWish {
  if (ID.test(text)) return { id: text };
  if (LOOKS_LIKE_ID.test(text)) throw invalid(text, 'for example i-0abc12def3456789a');
  if (!text.startsWith('tag:')) {
    if (NAME.test(text)) return { name: text };
    throw invalid(text);
  }
  const [, key, value] = /^tag:([^=]*)=(.*)$/su.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw invalid(text, 'for example --instance tag:Role=bastion');
  return parseTags({ [key]: value });
}

/** Checks the tags that an instance must all have. Throws `instance-invalid`. */
export function parseTags(tags: Readonly<Record<string, string>>): InstanceWish {
  const entries = Object.entries(tags);
  if (entries.length === 0) throw invalid('', 'name a tag, as in { Role: bastion }');
  for (const [key, value] of entries)
    if (!KEY.test(key) || !VALUE.test(value)) throw invalid(`tag:${key}=${value}`);
  return { tags: Object.fromEntries(entries) };
}

/** Tells whether a text can only be meant as an instance, and not as a host. */
export function isInstanceId(text: string): boolean {
  return ID.test(text);
}

/** Writes a wish as `--instance` takes it; several tags with a comma, for people. */
export function instanceText(wish: InstanceWish): string {
  if ('id' in wish) return wish.id;
  if ('name' in wish) return wish.name;
  return Object.entries(wish.tags)
    .map(([key, value]) => `tag:${key}=${value}`)
    .join(',');
}

function invalid(text: string, hint = 'i-…, mi-…, ecs:…, a name, or tag:KEY=VALUE'): HotpassError {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 76)}…` : text);
  return new HotpassError('instance-invalid', `instance ${shown} is not an id, a name or tag:KEY=VALUE`, {
    hint,
  });
}

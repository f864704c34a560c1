import type { YAMLError } from 'yaml';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import { messageOf } from '../errors.ts';
import { invalidConfig, type Path, type Position, type Problem } from './problems.ts';

/** A YAML file as plain data that still knows where each value stands. */
export interface ParsedYaml {
  readonly value: unknown;
  /** Finds a value, or its key; the nearest thing around it when it is not in the file. */
  locate(path: Path, what: 'key' | 'value'): Position;
}

/** Enough for shared blocks, too few for a small file to grow without bounds. */
const MAX_ALIASES = 100;

/** Parses one YAML 1.2 document. `file` is for messages. Throws `config-invalid`. */
export function parseYaml(text: string, file: string): ParsedYaml {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return line < 1 ? { line: 1, column: 1 } : { line, column: col };
  };
  const problem = (offset: number, message: string): Problem => ({
    file,
    ...position(offset),
    pointer: '',
    message,
  });
  const read = (): { document: Document; problems: readonly Problem[]; value: unknown } => {
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false, // yaml compares each key with each other: minutes for a large file; see findMistakes
      logLevel: 'error', // 'silent' would let a second document pass
      lineCounter: lines,
    });
    const problems = [
      ...[...document.errors, ...document.warnings].map((error) =>
        problem(error.pos[0], describeError(error)),
      ),
      ...findMistakes(document).map(({ offset, message }) => problem(offset, message)),
    ];
    return {
      document,
      problems,
      value: problems.length > 0 ? undefined : document.toJS({ maxAliasCount: MAX_ALIASES }),
    };
  };
  const { document, problems, value } = attempt(read, problem);
  if (problems.length > 0) throw invalidConfig(problems);
  return { value, locate: (path, what) => position(findOffset(document, path, what)) };
}

/** Nesting that overflows the stack and aliases that multiply end as exceptions of all kinds. */
function attempt<T>(read: () => T, problem: (offset: number, message: string) => Problem): T {
  try {
    return read();
  } catch (error) {
    throw invalidConfig([problem(0, `is not usable YAML: ${lowerFirst(messageOf(error))}`)], error);
  }
}

function describeError(error: YAMLError): string {
  if (error.code === 'MULTIPLE_DOCS') return 'a second document begins here; a config is one document';
  if (error.code === 'TAB_AS_INDENT') return 'a tab stands where YAML wants spaces';
  if (error.code === 'RESOURCE_EXHAUSTION') return 'is not usable YAML: nested too deeply';
  // What follows a colon may quote the file, and the file may hold something private.
  const words = messageOf(error).replace(/: ["'`].*$/, '');
  return `is not valid YAML: ${lowerFirst(words).replace(/[.:\s]+$/, '')}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What yaml itself finds late, without a place, or slowly. */
function findMistakes(document: Document): readonly { offset: number; message: string }[] {
  const found: { offset: number; message: string }[] = [];
  const mistake = (node: unknown, message: string): unknown =>
    found.push({ offset: startOf(node) ?? 0, message });
  const anchors = new Set<string>();
  let aliases = 0;
  const addAnchor = (node: { anchor?: string | undefined }): void => {
    if (node.anchor !== undefined) anchors.add(node.anchor);
  };
  visit(document, {
    Alias(_, alias) {
      aliases += 1;
      if (!anchors.has(alias.source))
        mistake(alias, `alias ${JSON.stringify(alias.source)} has no anchor above it`);
      if (aliases === MAX_ALIASES + 1) mistake(alias, `more than ${MAX_ALIASES} aliases`);
    },
    Scalar: (_, scalar) => addAnchor(scalar),
    Seq: (_, seq) => addAnchor(seq),
    Map(_, map) {
      addAnchor(map);
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = keyName(key);
        if (name === undefined) continue;
        if (seen.has(name)) mistake(key, `duplicate key ${JSON.stringify(name)}`);
        seen.add(name);
      }
    },
  });
  return found;
}

function findOffset(document: Document, path: Path, what: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    const here = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(here)) {
      node = here.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else if (isMap(here)) {
      const pair = here.items.find(({ key }) => keyName(key) === String(step));
      if (pair === undefined) return offset;
      node = pair.value;
      const atKey = (what === 'key' && depth === path.length - 1) || isEmpty(node);
      offset = (atKey ? startOf(pair.key) : startOf(node)) ?? offset;
    } else return offset;
  }
  return offset;
}

function keyName(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** An empty value has no place of its own: it stands where its key does. */
function isEmpty(node: unknown): boolean {
  return !isNode(node) || (isScalar(node) && node.value === null && node.source === '');
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

import { promises } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';
import { HotpassError, isErrno } from '../../errors.ts';
import { shellWord } from '../../shell-words.ts';
import { fieldAt, textAt, textsAt } from './fields.ts';

/** What the kubeconfig files say together; of a name that several have, the first file counts, as for kubectl. */
export interface Kubeconfig {
  /** Those that exist, in order. */
  readonly files: readonly string[];
  readonly currentContext: string | undefined;
  readonly contexts: readonly KubeContext[];
}

/** A context with its cluster and user. */
export interface KubeContext {
  readonly name: string;
  readonly file: string;
  readonly clusterName: string;
  readonly server: string | undefined;
  readonly tlsServerName: string | undefined;
  readonly isInsecure: boolean;
  /** PEM; undefined where none is named. */
  readonly ca: string | undefined;
  readonly exec: ExecPlugin | undefined;
}

/** The program that gives a user's token. */
export interface ExecPlugin {
  readonly apiVersion: string | undefined;
  readonly command: string;
  readonly args: readonly string[];
  /** Names with values; values may be secret. */
  readonly env: Readonly<Record<string, string>>;
}

interface Part {
  readonly file: string;
  readonly document: unknown;
}

/** Reads the files of a path list, as KUBECONFIG holds them; one that is not there is left out. Throws `kubeconfig-invalid`. */
export async function readKubeconfig(paths: string): Promise<Kubeconfig> {
  const names = [...new Set(paths.split(delimiter).filter((path) => path !== ''))];
  const { parse } = await import('yaml');
  const read = await Promise.all(names.map((file) => readPart(file, parse)));
  const parts = read.filter((part) => part !== undefined);
  const contexts = await Promise.all(
    named(parts, 'contexts').map(({ file, name, item }) => readContext(parts, file, name, item)),
  );
  const current = parts.map(({ document }) => textAt(document, 'current-context')).find(Boolean);
  return { files: parts.map(({ file }) => file), currentContext: current, contexts };
}

async function readPart(file: string, parse: (text: string) => unknown): Promise<Part | undefined> {
  try {
    const document: unknown = parse(await promises.readFile(file, 'utf8'));
    if (document === null) return { file, document: {} };
    if (typeof document === 'object' && !Array.isArray(document)) return { file, document };
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined;
    const why = isErrno(cause, 'EACCES', 'EISDIR', 'ENOTDIR') ? 'cannot be read' : 'is not YAML';
    // The parser's own words quote the file, which may hold a key.
    throw new HotpassError('kubeconfig-invalid', `${file} ${why}`, {
      hint: `kubectl config view --kubeconfig ${shellWord(file)}`,
    });
  }
  throw new HotpassError('kubeconfig-invalid', `${file} is no kubeconfig file`, {
    hint: `kubectl config view --kubeconfig ${shellWord(file)}`,
  });
}

/** The entries of one list over all files, the first of each name. */
function named(parts: readonly Part[], list: string): { file: string; name: string; item: unknown }[] {
  const seen = new Map<string, { file: string; name: string; item: unknown }>();
  for (const { file, document } of parts) {
    const items = fieldAt(document, list);
    for (const item of Array.isArray(items) ? items : []) {
      const name = textAt(item, 'name');
      if (name !== undefined && !seen.has(name)) seen.set(name, { file, name, item });
    }
  }
  return [...seen.values()];
}

async function readContext(
  parts: readonly Part[],
  file: string,
  name: string,
  context: unknown,
): Promise<KubeContext> {
  const clusterName = textAt(context, 'context', 'cluster') ?? '';
  const userName = textAt(context, 'context', 'user');
  const cluster = named(parts, 'clusters').find((one) => one.name === clusterName);
  const user = named(parts, 'users').find((one) => one.name === userName);
  const own = fieldAt(cluster?.item, 'cluster');
  return {
    name,
    file,
    clusterName,
    server: textAt(own, 'server'),
    tlsServerName: textAt(own, 'tls-server-name'),
    isInsecure: fieldAt(own, 'insecure-skip-tls-verify') === true,
    ca: await readCa(own, cluster?.file ?? file),
    exec: readExec(fieldAt(user?.item, 'user', 'exec')),
  };
}

/** Data counts before a file, as for kubectl. */
async function readCa(cluster: unknown, file: string): Promise<string | undefined> {
  const data = textAt(cluster, 'certificate-authority-data');
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const path = textAt(cluster, 'certificate-authority');
  if (path === undefined) return undefined;
  // One that cannot be read is as good as none.
  return promises.readFile(resolve(dirname(file), path), 'utf8').catch(() => '');
}

function readExec(exec: unknown): ExecPlugin | undefined {
  const command = textAt(exec, 'command');
  if (command === undefined) return undefined;
  const list = fieldAt(exec, 'env');
  const pairs = (Array.isArray(list) ? list : []).flatMap((item: unknown) => {
    const name = textAt(item, 'name');
    return name === undefined ? [] : [[name, textAt(item, 'value') ?? ''] as const];
  });
  return {
    apiVersion: textAt(exec, 'apiVersion'),
    command,
    args: textsAt(exec, 'args'),
    env: Object.fromEntries(pairs),
  };
}

// kubectl calls `aws token` again and again: this answers with what was kept before the program itself is read, and
// whatever is not plain is left to it. It may import nothing that others start with.
import { execCredential, readExecInfo } from '../../ops/aws/token/exec-credential.ts';
import { findToken, type TokenWish, tokenFile } from '../../state/token-cache.ts';

const OPTIONS: ReadonlyMap<string | undefined, keyof TokenWish> = new Map([
  ['--eks-cluster', 'cluster'],
  ['--cluster', 'cluster'],
  ['--cluster-name', 'cluster'],
  ['--region', 'region'],
  ['--profile', 'profile'],
  ['--role-arn', 'roleArn'],
]);

/** Gives what `hotpass aws token` would print for these arguments; undefined where the program itself must answer. */
export function startToken(
  args: readonly string[],
  { env, getuid }: Pick<NodeJS.Process, 'env' | 'getuid'>,
  now: Date,
): string | undefined {
  const owner = { env, uid: getuid?.() ?? -1, now };
  const wish = readPlain(args);
  const info = readExecInfo(env.KUBERNETES_EXEC_INFO);
  const file = wish === undefined || info.remark !== undefined ? undefined : tokenFile(owner, wish);
  const kept = file === undefined ? undefined : findToken(owner, file);
  return kept === undefined ? undefined : `${JSON.stringify(execCredential(info, kept))}\n`;
}

/** Reads options that each stand there once with a value of its own. */
function readPlain(args: readonly string[]): TokenWish | undefined {
  const wish: { -readonly [Key in keyof TokenWish]: string } = {};
  const words = args.flatMap((word) => {
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
  });
  for (let at = 0; at < words.length; at += 2) {
    const key = OPTIONS.get(words[at]);
    const value = words[at + 1];
    if (key === undefined || !value || value.startsWith('-') || wish[key] !== undefined) return undefined;
    wish[key] = value;
  }
  return wish;
}

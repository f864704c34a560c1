import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Aws, FoundCredentials } from '../../../../src/aws.ts';
import { giveToken } from '../../../../src/ops/aws/token/give-token.ts';
import type { TokenWish } from '../../../../src/state/token-cache.ts';
import { testSystem } from '../../../support/system.ts';

/** One asking for a token; what is left out is as in any other. */
export interface Ask {
  readonly wish?: TokenWish;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
  readonly uid?: number;
  /** Minutes since the beginning. */
  readonly at?: number;
  readonly useCache?: boolean;
  readonly found?: Partial<FoundCredentials>;
}

/** When the first is asked for, in milliseconds since 1970: the times of files are of this clock too. */
export const BEGIN = Date.now();
const GOOD_FOR_MS = 14 * 60_000;

/** Makes a home with AWS files, and an AWS that numbers the tokens that it signs: 1, 2 … */
export async function openTokenStage() {
  const home = await mkdtemp(join(tmpdir(), 'hp-token-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const write = async (name: string, text: string) => {
    const path = join(home, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  };
  await write('.aws/config', '[profile staging]\nregion = eu-west-1\n');
  await write('.aws/credentials', '[staging]\naws_access_key_id = AKIA1\n');
  await write('.aws/sso/cache/0a.json', '{"accessToken":"one"}');
  const folder = join(home, '.local/state/hotpass/eks-tokens');
  let signed = 0;
  return {
    home,
    folder,
    write,
    files: () => readdir(folder).catch(() => []),
    /** Asks for a token and gives its number. */
    async ask({
      wish = {},
      env = {},
      home: own = home,
      uid,
      at = 0,
      useCache = true,
      found = {},
    }: Ask = {}): Promise<number> {
      const now = new Date(BEGIN + at * 60_000);
      const sign = () => {
        signed += 1;
        return { token: `k8s-aws-v1.${signed}`, expiresAt: new Date(now.getTime() + GOOD_FOR_MS) };
      };
      const sys = testSystem({
        env: { HOME: home, ...env },
        home: own,
        uid: uid ?? process.getuid?.() ?? -1,
        now: () => now,
        aws: signingAws(sign, found),
      });
      const { status } = await giveToken(sys, { cluster: 'east', ...wish }, useCache);
      return Number(status.token.replace('k8s-aws-v1.', ''));
    },
  };
}

function signingAws(sign: () => { token: string; expiresAt: Date }, found: Partial<FoundCredentials>): Aws {
  const unasked = () => Promise.reject(new Error('this is not asked for a token'));
  return {
    ssm: unasked,
    account: async () => ({
      region: { value: 'eu-west-1', origin: 'profile staging' },
      profile: undefined,
      ignored: [],
      findCredentials: async () => ({
        provider: 'profile',
        profile: 'staging',
        expiresAt: undefined,
        loginExpiresAt: undefined,
        ...found,
      }),
      getCallerIdentity: unasked,
      describeCluster: unasked,
      listAccessEntries: unasked,
      describeAccessEntry: unasked,
      getOidcProvider: unasked,
      getRole: unasked,
      makeClusterToken: async () => sign(),
      clockOffsetMs: () => undefined,
    }),
  };
}

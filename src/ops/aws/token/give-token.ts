import type { AwsPlace } from '../../../aws.ts';
import { HotpassError, messageOf } from '../../../errors.ts';
import { keepToken } from '../../../state/keep-token.ts';
import { findToken, type TokenWish, tokenFile } from '../../../state/token-cache.ts';
import type { System } from '../../../system.ts';
import { parseProfile, parseRegion } from '../../net/via-ssm/parse-ssm.ts';
import { parseCluster, parseRoleArn } from '../parse-names.ts';
import { execCredential, readExecInfo } from './exec-credential.ts';
import { isSettled, readTokenSources, type TokenSources } from './token-sources.ts';

/**
 * Gives what an exec plugin answers: with a token that was kept, or a new one. Throws `no-cluster`, `usage`, and what
 * `AccountApi` throws.
 */
export async function giveToken(sys: System, wish: TokenWish, useCache: boolean) {
  const { cluster, place } = readWish(wish);
  const info = readExecInfo(sys.env.KUBERNETES_EXEC_INFO);
  if (info.remark !== undefined) sys.out.warn(info.remark);
  const owner = { env: sys.env, uid: sys.uid, now: sys.now() };
  const file = useCache ? tokenFile(owner, wish) : undefined;
  const kept = file === undefined ? undefined : findToken(owner, file);
  if (kept !== undefined) return execCredential(info, kept);
  return execCredential(info, await makeToken(sys, cluster, place, file));
}

async function makeToken(sys: System, cluster: string, place: AwsPlace, file: string | undefined) {
  const sources = file === undefined ? undefined : lookAtSources(sys);
  const madeAt = sys.now().getTime();
  const account = await sys.aws.account(place);
  const { token, expiresAt } = await account.makeClusterToken(cluster, sys.signal);
  const made = { token, expiresAt: expiresAt.getTime() };
  if (file === undefined || sources === undefined) return made;
  const found = await account.findCredentials(sys.signal);
  if (!isSettled(found, sources)) return made;
  // Without a place to keep it, it is still a token.
  await keepToken(file, sys.uid, { ...made, madeAt, watched: sources.watched }).catch((error: unknown) =>
    sys.out.detail(`the token is not kept: ${messageOf(error)}`),
  );
  return made;
}

function lookAtSources({ env, home, out }: System): TokenSources | undefined {
  try {
    return readTokenSources(env, home);
  } catch (error) {
    out.detail(`the token is not kept: ${messageOf(error)}`);
    return undefined;
  }
}

function readWish({ cluster, profile, region, roleArn }: TokenWish) {
  if (cluster === undefined) {
    throw new HotpassError('no-cluster', 'no EKS cluster was given', {
      hint: 'hotpass aws token --eks-cluster NAME',
    });
  }
  const place: AwsPlace = {
    ...(profile === undefined ? {} : { profile: parseProfile(profile) }),
    ...(region === undefined ? {} : { region: parseRegion(region) }),
    ...(roleArn === undefined ? {} : { roleArn: parseRoleArn(roleArn) }),
  };
  return { cluster: parseCluster(cluster), place };
}

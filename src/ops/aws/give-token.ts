import type { AwsPlace } from '../../aws.ts';
import { HotpassError } from '../../errors.ts';
import type { System } from '../../system.ts';
import { parseProfile, parseRegion } from '../net/parse-ssm.ts';
import { execCredential, readExecInfo } from './exec-credential.ts';
import { parseCluster, parseRoleArn } from './parse-names.ts';

/** For which cluster a token is wanted, and who signs it. */
export interface TokenWish extends Pick<AwsPlace, 'profile' | 'region' | 'roleArn'> {
  readonly cluster?: string | undefined;
}

/** Gives what an exec plugin answers. Throws `no-cluster`, `usage`, and what `AccountApi` throws. */
export async function giveToken(sys: System, args: TokenWish) {
  const { cluster, place } = readWish(args);
  const info = readExecInfo(sys.env.KUBERNETES_EXEC_INFO);
  if (info.remark !== undefined) sys.out.warn(info.remark);
  const account = await sys.aws.account(place);
  return execCredential(info, await account.makeClusterToken(cluster, sys.signal));
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

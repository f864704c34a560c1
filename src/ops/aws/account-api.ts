import type { AccountApi, AwsPlace } from '../../aws.ts';
import type { Environment } from '../../system.ts';
import { unknownCluster } from './account/unknown-cluster.ts';
import { withDeadline } from './connection/deadline.ts';
import { openDoor } from './connection/door.ts';
import { judgeExpiredLogin } from './credentials/expired-login.ts';
import { ssoLoginExpiry, ssoLoginOf } from './credentials/sso-login.ts';
import { isFarOff } from './explain/explain-clock.ts';
import { readSettings } from './settings.ts';

/**
 * Makes a client of STS, EKS and IAM: each is loaded on first use, and all share what one search for credentials found.
 * `now` is the clock of this machine. Throws `region-missing`, `profile-unknown`, `file-not-found` and `usage`.
 */
export async function createAccountApi(
  env: Environment,
  place: AwsPlace,
  now: () => Date = () => new Date(),
): Promise<AccountApi> {
  const settings = await readSettings(env, place);
  const door = await openDoor(env, settings, { now, judge: judgeExpiredLogin });
  const sts = once(async () => (await import('./account/sts.ts')).createStsCalls(door));
  const eks = once(async () => (await import('./account/eks.ts')).createEksCalls(door));
  const iam = once(async () => (await import('./account/iam.ts')).createIamCalls(door));
  const { profile, region, origins, ignored } = settings;
  const findKeys = (signal: AbortSignal) =>
    withDeadline('what gives the credentials', 'the search for credentials', signal, door.keys().get);
  const getCallerIdentity = async (signal: AbortSignal) => (await sts()).getCallerIdentity(signal);

  return {
    region: { value: region, origin: origins.region },
    profile: profile === undefined ? undefined : { value: profile, origin: origins.profile },
    ignored,
    getCallerIdentity,
    async findCredentials(signal) {
      const found = await findKeys(signal);
      const isLoggedIn = found.provider === 'sso' || found.provider === 'assumed-role';
      const login = isLoggedIn ? ssoLoginOf(settings) : undefined;
      return {
        provider: found.provider,
        profile: found.profile,
        expiresAt: found.expiration,
        loginExpiresAt: login === undefined ? undefined : await ssoLoginExpiry(env, login),
      };
    },
    async describeCluster(name, signal) {
      const { describeCluster, listClusters } = await eks();
      const found = await describeCluster(name, signal);
      if (found !== undefined) return found;
      const [known, identity] = await Promise.all([
        unlessRefused(listClusters(signal)),
        unlessRefused(getCallerIdentity(signal)),
      ]);
      throw unknownCluster({ name, region, profile, account: identity?.account, known });
    },
    listAccessEntries: async (cluster, signal) => (await eks()).listAccessEntries(cluster, signal),
    describeAccessEntry: async (cluster, principalArn, signal) =>
      (await eks()).describeAccessEntry(cluster, principalArn, signal),
    getOidcProvider: async (arn, signal) => (await iam()).getOidcProvider(arn, signal),
    getRole: async (name, signal) => (await iam()).getRole(name, signal),
    async makeClusterToken(cluster, signal) {
      const [{ signClusterToken }, { stsEndpoint }, credentials] = await Promise.all([
        import('./token/cluster-token.ts'),
        import('./connection/sts-endpoint.ts'),
        findKeys(signal),
      ]);
      const endpoint = settings.endpointOf('sts') ?? stsEndpoint(settings);
      // Signed by AWS's clock, and its end told by ours.
      const offsetMs = door.clock.offsetMs();
      const aheadMs = offsetMs !== undefined && isFarOff(offsetMs) ? offsetMs : 0;
      const there = new Date(now().getTime() + aheadMs);
      const { token, expiresAt } = await signClusterToken({
        cluster,
        region,
        endpoint,
        credentials,
        now: there,
      });
      return { token, expiresAt: new Date(expiresAt.getTime() - aheadMs) };
    },
    clockOffsetMs: door.clock.offsetMs,
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** What would only add to the words of an error may fail. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch(() => undefined);
}

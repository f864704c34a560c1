import { wallClock } from '../ssm/clock.ts';
import { parseJson } from '../ssm/json.ts';
import { ANSWERS } from './answers.ts';
import { findReason } from './authorize.ts';
import type { FrontRequest } from './front.ts';
import { discover, findKind } from './kinds.ts';
import { FIRST_OBJECTS, readObjects } from './objects.ts';
import { DEFAULT_VERSION, type StartKubernetes } from './options.ts';
import { type KubeRequest, readRequest } from './request.ts';
import type { ServiceTokens } from './service-tokens.ts';
import { forbidden, type KubeReply, noSuchPath, unauthorized } from './status.ts';
import { CLUSTER_HEADER, readToken } from './token.ts';
import { type ClusterUser, findUser } from './user.ts';

/** What the API works on. */
export interface ApiGround {
  readonly options: StartKubernetes;
  readonly tokens: ServiceTokens;
  readonly issuer: string;
  /** Gets each token's reason for a refusal, as the verifier logs it. */
  onRefused(why: string): void;
}

const ANONYMOUS: ClusterUser = {
  username: 'system:anonymous',
  uid: '',
  groups: ['system:unauthenticated'],
  extra: {},
  policies: [],
};
const HEALTH = ['/healthz', '/livez', '/readyz'] as const;

/** Answers one request as the API server of a cluster does: who is it, may they, and is it there. */
export function answerKube(ground: ApiGround, request: FrontRequest): KubeReply & { readonly user?: string } {
  const { options } = ground;
  const asked = readRequest(request.method, request.target, parseJson(request.body));
  const user = authenticate(ground, request, asked);
  if (user === undefined) return unauthorized();
  const { username } = user;
  if (findReason(user, options.rules ?? [], asked.wanted) === undefined)
    return { ...forbidden(username, asked.wanted), user: username };
  return { ...answer(ground, user, asked), user: username };
}

function authenticate(
  ground: ApiGround,
  { headers }: FrontRequest,
  asked: KubeRequest,
): ClusterUser | undefined {
  const { options } = ground;
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  // Since 1.32 EKS lets nobody without a name see more than whether the server is well.
  if (token === undefined) return isHealth(asked) ? ANONYMOUS : undefined;
  const cluster = options.cluster();
  const stsHosts = [...stsHostsOf(cluster.region), ...(options.stsHosts?.() ?? [])];
  const reading = readToken(token, { stsHosts, now: wallClock() });
  if (reading.kind === 'refused') {
    ground.onRefused(reading.why);
    return undefined;
  }
  const identity = options.whoSigned(reading.url, { [CLUSTER_HEADER]: cluster.name });
  const user = identity && findUser(identity, cluster, options.configMap);
  if (user === undefined)
    ground.onRefused(identity === undefined ? 'refused by STS' : `${identity.arn} is not mapped`);
  return user;
}

function answer(ground: ApiGround, user: ClusterUser, { wanted, version, body }: KubeRequest): KubeReply {
  const { options, tokens, issuer } = ground;
  const minor = minorOf(options);
  if (wanted.kind === 'path') return answerPath(wanted.path, minor);
  const kind = findKind(wanted.group, version, wanted.resource, minor);
  if (kind === undefined || !kind.verbs.includes(wanted.verb)) return noSuchPath();
  const objects = [...FIRST_OBJECTS, ...(options.objects ?? [])];
  const own = ANSWERS[`${wanted.verb} ${wanted.resource}.${wanted.group}`];
  return own === undefined
    ? readObjects(objects, kind, wanted)
    : own({ user, rules: options.rules ?? [], wanted, kind, body, objects, tokens, issuer });
}

function answerPath(path: string, minor: number): KubeReply {
  if (HEALTH.some((one) => one === path)) return { status: 200, body: 'ok' };
  if (path.replace(/\/$/, '') === '/version') return { status: 200, body: versionOf(minor) };
  const found = discover(path, minor);
  return found === undefined ? noSuchPath() : { status: 200, body: found };
}

function versionOf(minor: number) {
  return {
    major: '1',
    minor: String(minor),
    gitVersion: `v1.${minor}.4-eks-0000000`,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.24.5',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}

function minorOf({ cluster }: StartKubernetes): number {
  return Number((cluster().version ?? DEFAULT_VERSION).split('.')[1]);
}

function isHealth({ wanted }: KubeRequest): boolean {
  return wanted.kind === 'path' && HEALTH.some((one) => one === wanted.path);
}

function stsHostsOf(region = 'eu-west-1'): string[] {
  return ['sts.amazonaws.com', `sts.${region}.amazonaws.com`];
}

import { basename } from 'node:path';
import type { ExecPlugin, KubeContext } from './kubeconfig.ts';

/** What a context should lead to. */
export interface WantedCluster {
  readonly name: string;
  readonly endpoint: URL;
  readonly ca: string | undefined;
  readonly region: string;
  /** Undefined where the environment itself holds the keys. */
  readonly profile: string | undefined;
  readonly roleArn: string | undefined;
  /** The forward that leads there, while one is up. */
  readonly forward: { readonly host: string; readonly port: number } | undefined;
  readonly hasExportedKeys: boolean;
}

/** What does not agree, and what is only worth a word; each a line. */
export interface Comparison {
  readonly differences: readonly string[];
  readonly notes: readonly string[];
}

/** Tells whether a context leads to a cluster: by its address, or by the name that TLS is verified with. Pure. */
export function leadsTo(
  { server, tlsServerName }: KubeContext,
  { endpoint, forward }: WantedCluster,
): boolean {
  const url = urlOf(server);
  if (url === undefined) return false;
  const isForward = forward !== undefined && isLoopback(url) && portOf(url) === forward.port;
  return sameHost(url, endpoint) || isForward || tlsServerName?.toLowerCase() === endpoint.hostname;
}

/** Tells whether a context is for a forward to the cluster, and none is up. Pure. */
export function waitsForForward(
  { server, tlsServerName }: KubeContext,
  { endpoint, forward }: WantedCluster,
): boolean {
  const url = urlOf(server);
  const isNamed = tlsServerName?.toLowerCase() === endpoint.hostname;
  return forward === undefined && isNamed && url !== undefined && isLoopback(url);
}

/** Compares a context with the cluster that it should lead to. Pure. */
export function compareContext(context: KubeContext, wanted: WantedCluster): Comparison {
  const url = urlOf(context.server);
  const exec = compareExec(context.exec, wanted);
  return {
    differences: [
      ...(url === undefined
        ? [`server ${context.server ?? 'is missing'}`]
        : compareServer(context, url, wanted)),
      ...compareCa(context, wanted),
      ...exec.differences,
    ],
    notes: exec.notes,
  };
}

function compareServer(
  { tlsServerName }: KubeContext,
  url: URL,
  { endpoint, forward }: WantedCluster,
): string[] {
  const isNamed = tlsServerName?.toLowerCase() === endpoint.hostname;
  if (sameHost(url, endpoint))
    return tlsServerName === undefined || isNamed
      ? []
      : [`tls-server-name is ${tlsServerName}, the certificate is for ${endpoint.hostname}`];
  const name = isNamed
    ? []
    : [`tls-server-name is ${tlsServerName ?? 'missing'}, the certificate is for ${endpoint.hostname}`];
  if (!isLoopback(url)) return [`server is ${url.host}, the cluster is ${endpoint.host}`, ...name];
  if (forward === undefined) return [`server is ${url.host}, and no forward is up there`, ...name];
  return portOf(url) === forward.port
    ? name
    : [`server is ${url.host}, the forward is ${forward.host}:${forward.port}`, ...name];
}

function compareCa({ ca, isInsecure }: KubeContext, wanted: WantedCluster): string[] {
  if (isInsecure) return ['insecure-skip-tls-verify: any certificate is taken'];
  if (wanted.ca === undefined) return [];
  if (ca === undefined) return ['no certificate-authority-data'];
  return blocks(ca).join() === blocks(wanted.ca).join()
    ? []
    : ['certificate-authority-data is of another authority'];
}

/** How the programs that give tokens name what they are told. */
const PLUGINS: Readonly<
  Record<string, { readonly cluster: readonly string[]; readonly role: readonly string[] }>
> = {
  aws: { cluster: ['--cluster-name', '--cluster-id'], role: ['--role-arn', '--role'] },
  hotpass: { cluster: ['--eks-cluster', '--cluster', '--cluster-name'], role: ['--role-arn'] },
  'aws-iam-authenticator': { cluster: ['-i', '--cluster-id'], role: ['-r', '--role'] },
};

function compareExec(exec: ExecPlugin | undefined, wanted: WantedCluster): Comparison {
  if (exec === undefined)
    return { differences: [], notes: ['the user has no exec block: its token is not of AWS'] };
  const plugin = PLUGINS[isStartedByNode(exec) ? 'hotpass' : basename(exec.command)];
  if (plugin === undefined)
    return { differences: [], notes: [`what ${basename(exec.command)} gives is not known`] };
  const asked = [
    ['cluster', option(exec, plugin.cluster), wanted.name],
    [
      'region',
      option(exec, ['--region']) ?? exec.env.AWS_REGION ?? exec.env.AWS_DEFAULT_REGION,
      wanted.region,
    ],
    ['role', option(exec, plugin.role), wanted.roleArn],
  ] as const;
  const differences = asked.flatMap(([what, given, right]) =>
    given === undefined || right === undefined || given === right
      ? []
      : [`${what} of the exec block is ${given}, not ${right}`],
  );
  if (wanted.roleArn !== undefined && option(exec, plugin.role) === undefined)
    differences.push(`the exec block takes on no role, not ${wanted.roleArn}`);
  const profile = compareProfile(exec, wanted);
  const old = exec.apiVersion?.endsWith('/v1alpha1')
    ? ['apiVersion v1alpha1: kubectl 1.24 and later refuse it']
    : [];
  return { differences: [...differences, ...profile.differences], notes: [...profile.notes, ...old] };
}

/** As a kubeconfig says it that does not trust in any PATH. */
function isStartedByNode({ command, args }: ExecPlugin): boolean {
  return basename(command) === 'node' && args[1] === 'aws' && args[2] === 'token';
}

function compareProfile(exec: ExecPlugin, { profile, hasExportedKeys }: WantedCluster): Comparison {
  const flag = option(exec, ['--profile']);
  const named = flag ?? exec.env.AWS_PROFILE;
  const differences =
    named === undefined || profile === undefined || named === profile
      ? []
      : [`profile of the exec block is ${named}, not ${profile}`];
  // https://github.com/aws/aws-cli/issues/7794: of the two, only the flag counts before keys.
  const beaten = hasExportedKeys && named !== undefined && flag === undefined;
  return {
    differences,
    notes: [
      ...(beaten
        ? [`AWS_ACCESS_KEY_ID is exported and counts before profile ${named} of the exec block`]
        : []),
      ...(named === undefined && profile !== undefined && profile !== 'default'
        ? [`the exec block names no profile: kubectl takes that of its shell, not ${profile}`]
        : []),
    ],
  };
}

function option({ args }: ExecPlugin, names: readonly string[]): string | undefined {
  for (const [index, word] of args.entries()) {
    if (names.includes(word)) return args[index + 1];
    const name = names.find((one) => word.startsWith(`${one}=`));
    if (name !== undefined) return word.slice(name.length + 1);
  }
  return undefined;
}

function blocks(pem: string): string[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END/g)]
    .map(([, body = '']) => body.replace(/\s/g, ''))
    .sort();
}

function urlOf(text: string | undefined): URL | undefined {
  return text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
}

function sameHost(one: URL, other: URL): boolean {
  return one.hostname === other.hostname && portOf(one) === portOf(other);
}

function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'http:' ? 80 : 443));
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

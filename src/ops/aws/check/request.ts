import type { AwsPlace } from '../../../aws.ts';
import { type Choices, configured, fallback, flag } from '../../../config/choose.ts';
import type { Config } from '../../../config/load.ts';
import type { TargetConfig } from '../../../config/schema.ts';
import { HotpassError } from '../../../errors.ts';
import { readChosen } from '../../net/read-chosen.ts';
import { type Allowed, allowedBy } from '../allowed.ts';
import { choosePlace, type PlaceArgs } from '../choose-place.ts';
import { parseCluster, parseNamespace } from '../parse-names.ts';

/** What the command line says about a check. */
export interface CheckArgs extends PlaceArgs {
  readonly eksCluster?: string | undefined;
  readonly namespace?: string | undefined;
  readonly serviceAccount?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly kubeContext?: string | undefined;
  readonly verifyOidc?: boolean | undefined;
  readonly timeout?: number | undefined;
}

/** What is checked: every value checked itself, and chosen by precedence. */
export interface CheckWish {
  readonly target: string;
  readonly stateDir: string;
  readonly place: AwsPlace;
  /** Flags of the command line that say which account and cluster, to be printed again. */
  readonly flags: readonly string[];
  /** Whether `net up` leads to the cluster without being told so. */
  readonly hasForward: boolean;
  readonly allowed: Allowed;
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
  readonly context: string | undefined;
  /** Paths, as KUBECONFIG holds them. */
  readonly kubeconfig: string | undefined;
  /** As hotpass.yaml writes them: `get pods in arc-runners`. */
  readonly permissions: readonly string[];
  /** Undefined where it is not asked for. */
  readonly oidc: OidcWish | undefined;
  readonly timeoutMs: number;
}

/** What `--verify-oidc` looks at. */
export interface OidcWish {
  readonly roles: NonNullable<NonNullable<TargetConfig['aws']>['oidc']>;
  /** `NAMESPACE/NAME`. */
  readonly serviceAccount: string | undefined;
  readonly arc: TargetConfig['arc'];
}

const TIMEOUT_MS = 10_000;

/** Makes the checked description of what is to be looked at. Throws `usage` for a value that is none. */
export function requestCheck(args: CheckArgs, config: Config, choices: Choices): CheckWish {
  const { aws, eks, arc } = config.values;
  const ofEks = <T>(value: T | undefined, key: string) => configured(config, value, ['eks', key]);
  const place = choosePlace(args, config, choices);
  const cluster = choices.choose(
    'eks-cluster',
    flag(args.eksCluster, 'eks-cluster'),
    config.variable('HOTPASS_EKS_CLUSTER'),
    ofEks(eks?.cluster, 'cluster'),
  );
  const namespace = choices.choose(
    'namespace',
    flag(args.namespace, 'namespace'),
    ofEks(eks?.namespace, 'namespace'),
  );
  const context = choices.choose(
    'kube-context',
    flag(args.kubeContext, 'kube-context'),
    ofEks(eks?.context, 'context'),
  );
  const kubeconfig = choices.choose(
    'kubeconfig',
    flag(args.kubeconfig, 'kubeconfig'),
    config.variable('KUBECONFIG'),
  );
  const timeoutMs =
    choices.choose('timeout', flag(args.timeout, 'timeout'), fallback(TIMEOUT_MS)) ?? TIMEOUT_MS;
  if (timeoutMs <= 0)
    throw new HotpassError('usage', `--timeout ${timeoutMs}ms leaves no time`, { hint: '--timeout 10s' });
  if (args.serviceAccount !== undefined && !args.verifyOidc)
    throw new HotpassError('usage', '--service-account says whose role is checked with --verify-oidc', {
      hint: 'add --verify-oidc',
    });
  return {
    target: config.target.value,
    stateDir: config.project.stateDir,
    place,
    flags: flagsOf(args),
    hasForward: config.values.net?.forwards?.eks !== undefined,
    allowed: allowedBy(config.target.value, config.values),
    cluster: cluster && readChosen(choices, 'eks-cluster', () => parseCluster(cluster)),
    namespace: namespace && readChosen(choices, 'namespace', () => parseNamespace(namespace)),
    context,
    kubeconfig,
    permissions: eks?.permissions ?? [],
    oidc: args.verifyOidc
      ? { roles: aws?.oidc ?? [], serviceAccount: serviceAccountOf(args, namespace), arc }
      : undefined,
    timeoutMs,
  };
}

function flagsOf({ profile, region, roleArn, eksCluster }: CheckArgs): string[] {
  const given = [
    ['--profile', profile],
    ['--region', region],
    ['--role-arn', roleArn],
    ['--eks-cluster', eksCluster],
  ] as const;
  return given.flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
}

function serviceAccountOf({ serviceAccount }: CheckArgs, namespace: string | undefined): string | undefined {
  if (serviceAccount === undefined) return undefined;
  const [name = '', space = namespace, ...more] = serviceAccount.split('/').reverse();
  const isName = [name, space ?? ''].every((part) => /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(part));
  if (isName && more.length === 0) return `${space}/${name}`;
  throw new HotpassError('usage', `service account ${JSON.stringify(serviceAccount)} is not NAMESPACE/NAME`, {
    hint: 'for example --service-account hotpass/worker, or --namespace hotpass --service-account worker',
  });
}

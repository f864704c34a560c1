import type { ProbeKind } from './probe.ts';
import { instanceText } from './via-ssm/parse-instance.ts';

/** Ways to reach the far side that this version opens. */
export const VIAS = ['ssh-bastion', 'ssm', 'direct'] as const;
export type Via = (typeof VIAS)[number];

/** What must be true before `net up` calls a session up. */
export const REQUIREMENTS = ['service', 'transport'] as const;
export type Requirement = (typeof REQUIREMENTS)[number];

/** One named forward of a session. */
export interface Forward {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly localPort: number;
  /** The port that was wanted and could not be had. */
  readonly movedFrom?: number | undefined;
  readonly probe: ProbeKind;
  /** Path that the `http` probe asks for. */
  readonly path?: string | undefined;
  /** The cluster whose API endpoint `host` and `port` are. */
  readonly cluster?: PlannedCluster | undefined;
}

/** An EKS cluster, as it was when its endpoint was looked up. */
interface PlannedCluster {
  readonly name: string;
  readonly region: string;
  /** Certificate of its own authority, PEM. */
  readonly ca: string;
}

/** How ssh reaches the bastion. */
export interface Gateway {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** Absolute path of a private key. */
  readonly identity?: string | undefined;
  readonly jump: readonly string[];
  /** `Name=value`, as `ssh -o` takes them. */
  readonly options: readonly string[];
  /** Absolute path; in place of ~/.ssh/config. */
  readonly configFile?: string | undefined;
}

/** Programs that can carry an SSM session: our own client, or AWS's session-manager-plugin. */
export const SSM_CLIENTS = ['native', 'plugin'] as const;
type SsmClient = (typeof SSM_CLIENTS)[number];

/** How SSM reaches the far side. */
export interface SsmGateway {
  readonly instance: InstanceWish;
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  /** ARN of a role that these credentials take on. */
  readonly roleArn?: string | undefined;
  /** Told to the service with each session; shown in the account's session list. */
  readonly reason?: string | undefined;
  /** Sessions a forward, 1 to 16. */
  readonly channels: number;
  readonly client: SsmClient;
}

/** The instance that a session goes through: by id (`i-…`, `mi-…`, `ecs:…`), by its name, or by tags that it all has. */
export type InstanceWish =
  | { readonly id: string }
  | { readonly name: string }
  | { readonly tags: Readonly<Record<string, string>> };

/** Everything that a session's background process needs to know; decided before it starts. */
export interface TunnelPlan {
  readonly label: string;
  readonly target: string;
  readonly via: Via;
  readonly gateway?: Gateway | undefined;
  /** Only with `via: ssm`. */
  readonly ssm?: SsmGateway | undefined;
  readonly bind: readonly string[];
  readonly forwards: readonly Forward[];
  readonly holdMs: number;
  readonly timeoutMs: number;
  /** It was opened with `--confirm`, and may be brought back without. */
  readonly confirmed?: true | undefined;
}

/** One difference between two plans, in words an operator knows from the command line. */
export interface PlanDifference {
  readonly what: string;
  readonly running: string;
  readonly asked: string;
}

/**
 * Compares a running plan with a new one. A local port counts only where the request names one (`fixed`):
 * ports that were chosen for the operator are not the operator's wish. One that had to move is still what was asked for.
 */
export function comparePlans(
  running: TunnelPlan,
  asked: TunnelPlan,
  fixed: ReadonlySet<string>,
): PlanDifference[] {
  const rows: [string, string, string][] = [
    ['target', running.target, asked.target],
    ['--via', running.via, asked.via],
    ['--host', gatewayText(running.gateway), gatewayText(asked.gateway)],
    ['--identity', running.gateway?.identity ?? '-', asked.gateway?.identity ?? '-'],
    ['--jump', (running.gateway?.jump ?? []).join(',') || '-', (asked.gateway?.jump ?? []).join(',') || '-'],
    ['--ssh-option', listText(running.gateway?.options), listText(asked.gateway?.options)],
    ['--ssh-config', running.gateway?.configFile ?? '-', asked.gateway?.configFile ?? '-'],
    ['--instance', wishText(running.ssm), wishText(asked.ssm)],
    ['--profile', running.ssm?.profile ?? '-', asked.ssm?.profile ?? '-'],
    ['--region', running.ssm?.region ?? '-', asked.ssm?.region ?? '-'],
    ['--role-arn', running.ssm?.roleArn ?? '-', asked.ssm?.roleArn ?? '-'],
    ['--channels', String(running.ssm?.channels ?? '-'), String(asked.ssm?.channels ?? '-')],
    ['--ssm-client', running.ssm?.client ?? '-', asked.ssm?.client ?? '-'],
    ['--bind', running.bind.join(','), asked.bind.join(',')],
    ['--hold', `${running.holdMs / 1000}s`, `${asked.holdMs / 1000}s`],
  ];
  const names = new Set([...running.forwards, ...asked.forwards].map((forward) => forward.name));
  for (const name of names) {
    const [now, then] = [running, asked].map((plan) =>
      plan.forwards.find((forward) => forward.name === name),
    );
    const local = fixed.has(name);
    const moved = now?.movedFrom !== undefined && now.movedFrom === then?.localPort;
    rows.push([`--forward ${name}`, forwardText(now, local && !moved), forwardText(then, local && !moved)]);
  }
  return rows
    .filter(([, before, after]) => before !== after)
    .map(([what, before, after]) => ({ what, running: before, asked: after }));
}

function gatewayText(gateway: Gateway | undefined): string {
  if (gateway === undefined) return '-';
  const user = gateway.user === undefined ? '' : `${gateway.user}@`;
  return `${user}${gateway.host}${gateway.port === undefined ? '' : `:${gateway.port}`}`;
}

function wishText(ssm: SsmGateway | undefined): string {
  return ssm === undefined ? '-' : instanceText(ssm.instance);
}

// Option values may hold what should not be shown; that they differ is enough.
function listText(options: readonly string[] = []): string {
  const names = options.map((option) => option.replace(/[=\s].*/s, ''));
  return options.length === 0 ? '-' : `${names.join(',')} (${hash(options.join('\n'))})`;
}

function forwardText(forward: Forward | undefined, withLocal: boolean): string {
  if (forward === undefined) return '-';
  const { probe, path = '', cluster } = forward;
  const whose = cluster && `, ${cluster.name} in ${cluster.region} with CA ${hash(cluster.ca)}`;
  return `${withLocal ? `${forward.localPort}:` : ''}${forward.host}:${forward.port} (${probe}${path}${whose ?? ''})`;
}

/** FNV-1a: a short word for "these texts differ", not a secret keeper. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value.toString(16);
}

import type { TargetConfig } from '../../../config/schema.ts';
import { HotpassError } from '../../../errors.ts';
import { shellCommand } from '../../../shell-words.ts';
import type { Session } from '../../../state/net.ts';
import { holderOf } from '../../../state/ports.ts';
import type { Guard } from '../../guard/guard.ts';
import { parseHost, parseJump, parseSshOption, parseUser } from '../parse.ts';
import { type Gateway, type Requirement, VIAS } from '../plan.ts';
import type { PortPolicy, WantedForward } from '../ports/ports.ts';
import type { TunnelRequest } from '../request.ts';
import { RESERVED_OPTIONS } from '../ssh/argv.ts';
import { hostPort } from '../status.ts';
import { isLeased, isOpenedThrough, type OwnKnowledge } from '../via-ssm/opened-here.ts';
import { readSsm } from '../via-ssm/read-ssm.ts';
import { placeOf } from '../via-ssm/ssm-place.ts';

/** What a record does not say. */
export interface ResumeSources extends OwnKnowledge {
  /** The target's net block as hotpass.yaml has it now; values that may be secret are only there. */
  readonly net: TargetConfig['net'];
  /** Of the target, as hotpass.yaml has it now. */
  readonly guard: Guard;
  readonly policy: PortPolicy;
  readonly require: Requirement;
}

/** Tells whether bringing a session back takes values that its record does not hold. */
export function needsConfig({ gateway, forwards }: Session): boolean {
  return gateway?.options !== undefined || forwards.some(({ hasQuery }) => hasQuery === true);
}

/**
 * Makes the request that opens a recorded session again exactly as it was. Throws `resume-incomplete` with the command
 * to type, and the codes of `parse.ts` for a record that nobody here wrote. Pure.
 */
export function resumeRequest(session: Session, sources: ResumeSources): TunnelRequest {
  const { label, target, gateway, ssm, holdMs, timeoutMs, confirmed } = session;
  const via = VIAS.find((word) => word === session.via);
  if (via === undefined) throw incomplete(session, `this version does not open ${session.via}`);
  if (holdMs === undefined || timeoutMs === undefined) {
    throw incomplete(session, 'an older version wrote its record');
  }
  const stranger = session.forwards.find((forward) => !isLeased(session, forward, sources));
  if (stranger !== undefined) {
    const { name, localPort } = stranger;
    throw incomplete(session, `port ${localPort} of ${name} was not given to it here`);
  }
  // Its ProxyCommand would run: it must be the very file that the user once named.
  const config = gateway?.configFile;
  if (session.forwards.some(({ localPort }) => holderOf(sources.ledger, localPort)?.sshConfig !== config)) {
    throw incomplete(session, `it was not opened here with ${config ?? 'the ssh config of the user'}`);
  }
  // Else somebody's record could send a session of this user's to another account, or instance.
  const place = ssm === undefined ? undefined : placeOf(readSsm(ssm));
  if (!isOpenedThrough(session, place, sources)) {
    throw incomplete(session, `it was not opened here through ${place ?? via}`);
  }
  if ((via === 'ssm') !== (ssm !== undefined))
    throw incomplete(session, 'its record names two ways, or none');
  return {
    plan: {
      label,
      target,
      via,
      ...(gateway === undefined ? {} : { gateway: readGateway(session, gateway, sources.net) }),
      ...(ssm === undefined ? {} : { ssm: readSsm(ssm) }),
      bind: [...new Set(session.forwards.flatMap(({ bind }) => bind))].map((text) =>
        parseHost(text, 'bind address'),
      ),
      holdMs,
      timeoutMs,
      ...(confirmed || sources.guard.confirm === target ? { confirmed: true } : {}),
    },
    wanted: session.forwards.map((forward) => readForward(session, forward, sources.net)),
    fixed: new Set(session.forwards.map(({ name }) => name)),
    policy: sources.policy,
    require: sources.require,
    warnings: [],
    guard: confirmed ? { ...sources.guard, confirm: target } : sources.guard,
  };
}

type ForwardRecord = Session['forwards'][number];

function readGateway(
  session: Session,
  gateway: NonNullable<Session['gateway']>,
  net: TargetConfig['net'],
): Gateway {
  const { host, user, port, identity, jump, configFile, options } = gateway;
  return {
    host: parseHost(host, 'bastion host'),
    ...(user === undefined ? {} : { user: parseUser(user) }),
    ...(port === undefined ? {} : { port }),
    ...(identity === undefined ? {} : { identity }),
    ...(configFile === undefined ? {} : { configFile }),
    jump: (jump ?? []).map(parseJump),
    options: (options ?? []).map((name) => {
      const value = net?.ssh?.options?.[name];
      if (value === undefined) {
        throw incomplete(session, `the value of --ssh-option ${name} is not recorded, nor in hotpass.yaml`);
      }
      return parseSshOption(`${name}=${value}`, RESERVED_OPTIONS);
    }),
  };
}

function readForward(session: Session, forward: ForwardRecord, net: TargetConfig['net']): WantedForward {
  const { name, localPort, host, port, probe, movedFrom, path, hasQuery, cluster } = forward;
  const known = net?.forwards?.[name]?.path;
  if (hasQuery && !known?.startsWith(`${path}?`)) {
    throw incomplete(session, `the query of the path of ${name} is not recorded, nor in hotpass.yaml`);
  }
  return {
    name,
    localPort,
    host: parseHost(host),
    port,
    probe,
    path: hasQuery ? known : path,
    ...(movedFrom === undefined ? {} : { movedFrom }),
    ...(cluster === undefined ? {} : { cluster }),
  };
}

function incomplete(session: Session, why: string): HotpassError {
  return new HotpassError('resume-incomplete', `${session.label} cannot be brought back: ${why}`, {
    hint: shellCommand(openCommand(session)),
    state: 'its record stays',
  });
}

/** The command that opens a session as its record says; `VALUE` stands for what it does not. */
function openCommand({ label, target, via, gateway, ssm, forwards }: Session): string[] {
  const given = (flag: string, values: readonly (string | number | undefined)[]) =>
    values.flatMap((value) => (value === undefined ? [] : [flag, String(value)]));
  const { cluster } = forwards.find((forward) => forward.cluster !== undefined) ?? {};
  return [
    'hotpass',
    'net',
    'up',
    target,
    ...given('--label', label === target ? [] : [label]),
    ...given('--via', [via]),
    ...given('--instance', [ssm?.instance.id ?? ssm?.instance.name ?? tagText(ssm?.instance.tags)]),
    ...given('--profile', [ssm?.profile]),
    ...given('--region', [ssm?.region ?? cluster?.region]),
    ...given('--role-arn', [ssm?.roleArn]),
    ...given('--eks-cluster', [cluster?.name]),
    ...given('--reason', [ssm?.reason]),
    ...given('--channels', [ssm === undefined || ssm.channels === 1 ? undefined : ssm.channels]),
    ...given('--ssm-client', [ssm?.client === 'plugin' ? 'plugin' : undefined]),
    ...given('--host', [gateway?.host]),
    ...given('--ssh-user', [gateway?.user]),
    ...given('--ssh-port', [gateway?.port]),
    ...given('--identity', [gateway?.identity]),
    ...given('--jump', gateway?.jump ?? []),
    ...given('--ssh-config', [gateway?.configFile]),
    ...given(
      '--ssh-option',
      (gateway?.options ?? []).map((name) => `${name}=VALUE`),
    ),
    ...given(
      '--forward',
      forwards.map(({ name, localPort, host, port, cluster }) =>
        cluster === undefined ? `${name}=${localPort}:${hostPort(host, port)}` : `${name}=${localPort}`,
      ),
    ),
    ...given('--bind', forwards[0]?.bind ?? []),
  ];
}

/** A flag names one tag; several come from hotpass.yaml, and the command finds them there again. */
function tagText(tags: Readonly<Record<string, string>> = {}): string | undefined {
  const texts = Object.entries(tags).map(([key, value]) => `tag:${key}=${value}`);
  return texts.length === 1 ? texts[0] : undefined;
}

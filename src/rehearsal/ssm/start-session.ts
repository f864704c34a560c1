import { ApiError } from './api-error.ts';
import { member, textAt, textsAt } from './json.ts';
import type { RehearsedInstance } from './options.ts';
import type { SessionWish } from './session.ts';

/** What each document takes, and needs. */
const DOCUMENTS: Readonly<
  Record<string, { readonly takes: readonly string[]; readonly needs: readonly string[] }>
> = {
  'AWS-StartPortForwardingSession': { takes: ['portNumber', 'localPortNumber'], needs: ['portNumber'] },
  'AWS-StartPortForwardingSessionToRemoteHost': {
    takes: ['host', 'portNumber', 'localPortNumber'],
    needs: ['host', 'portNumber'],
  },
  'AWS-StartSSHSession': { takes: ['portNumber'], needs: [] },
};
const TARGET = /^(m?i-[0-9a-f]{8,17}|ecs:[^_]+_[^_]+_.+)$/;

/** Checks a request to start a session as the service does. */
export function readStartSession(
  request: unknown,
  instances: readonly RehearsedInstance[],
): Omit<SessionWish, 'id' | 'owner'> & { readonly instance: RehearsedInstance } {
  const target = textAt(request, 'Target') ?? '';
  if (target === '' || target.length > 400)
    throw new ApiError(
      'ValidationException',
      "1 validation error detected: Value at 'target' failed to satisfy constraint: Member must have length between 1 and 400",
    );
  if (!TARGET.test(target)) throw new ApiError('InvalidTarget', `The target ${target} is not valid.`);
  const document = textAt(request, 'DocumentName') ?? 'SSM-SessionManagerRunShell';
  const known = DOCUMENTS[document];
  if (known === undefined)
    throw new ApiError('InvalidDocument', `Document with name ${document} does not exist.`);
  const parameters = readParameters(member(request, 'Parameters'), known);
  const instance = instances.find(({ id }) => id === target);
  if (instance === undefined || (instance.pingStatus ?? 'Online') !== 'Online')
    throw new ApiError('TargetNotConnected', `${target} is not connected.`);
  return { target, document, parameters, reason: textAt(request, 'Reason') ?? '', instance };
}

function readParameters(
  given: unknown,
  { takes, needs }: { readonly takes: readonly string[]; readonly needs: readonly string[] },
): Record<string, readonly string[]> {
  const names = typeof given === 'object' && given !== null ? Object.keys(given) : [];
  const strange = names.find((name) => !takes.includes(name));
  const missing = needs.find((name) => !names.includes(name));
  if (strange !== undefined || missing !== undefined)
    throw new ApiError('InvalidParameters', `Parameter ${strange ?? missing} is not valid or missing.`);
  const parameters = Object.fromEntries(names.map((name) => [name, textsAt(given, name)]));
  const port = Number(parameters.portNumber?.[0] ?? 22);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ApiError('InvalidParameters', 'Parameter portNumber does not match its pattern.');
  return parameters;
}

import type { Finding, ProbeRun } from '../probe.ts';
import { httpGet } from './http-get.ts';
import { openStream } from './open-stream.ts';
import { openTls } from './open-tls.ts';
import { describeStranger, member, parseJson, shown } from './stranger.ts';

const NAME = 'Kubernetes';
const VERIFIED = 'TLS name verified';

/**
 * Asks the API endpoint of a cluster for its version, without a token, once its certificate has proved that it is the
 * one. Newer clusters tell that to nobody without one: 401 and 403 are an answer too.
 */
export async function probeEks(run: ProbeRun): Promise<Finding> {
  const { tls } = run.service;
  if (tls === undefined)
    return { outcome: 'failed', service: NAME, reason: 'the authority of the cluster is not known' };
  const service = {
    ...run.service,
    // The stream below heeds the signal, and takes the handshake with it.
    dial: async () => openTls(await openStream(run), tls),
  };
  const answer = await httpGet({ ...run, service }, '/version');
  if (answer.kind === 'nothing') return { outcome: 'failed', service: NAME, reason: answer.reason };
  const { ms, status } = answer;
  if (status === 401 || status === 403) return { outcome: 'ok', service: VERIFIED, ms };
  const version = status === 200 ? versionIn(answer.body) : undefined;
  if (version !== undefined) return { outcome: 'ok', service: `${VERIFIED}, ${NAME} ${version}`, ms };
  return { outcome: 'failed', service: NAME, ms, reason: describeStranger(answer, NAME) };
}

/** EKS writes `33+` for a minor version that has patches of its own. */
function versionIn(body: string): string | undefined {
  const said = parseJson(body);
  const [major, minor] = ['major', 'minor'].map((name) => /^\d+/.exec(String(member(said, name)))?.[0]);
  return major === undefined || minor === undefined ? undefined : shown(`${major}.${minor}`);
}

import type { Finding, ProbeRun } from '../probe.ts';
import { type Answer, httpGet } from './http-get.ts';
import { describeStranger, member, parseJson, shown } from './stranger.ts';
import { warnOfUiAddress } from './ui-address.ts';

const NAME = 'Prefect';

/**
 * Asks a Prefect 3 server for its health, its version, and the address that its web UI will call.
 * The shapes are those of a real server; `test/soak/rehearsal-prefect.soak.ts` compares them.
 */
export async function probePrefect(run: ProbeRun): Promise<Finding> {
  const { path: api = '/api', local } = run.service;
  const health = await httpGet(run, `${api}/health`);
  if (health.kind === 'nothing') return { outcome: 'failed', service: NAME, reason: health.reason };
  const { ms } = health;
  if (isRefusal(health)) return { outcome: 'ok', service: `${NAME} (wants auth)`, ms };
  if (health.status !== 200 || health.body.trim() !== 'true') {
    return {
      outcome: 'failed',
      service: NAME,
      ms,
      reason: describeSickness(health) ?? describeStranger(health, NAME),
    };
  }
  const [version, ui] = await Promise.all([
    httpGet(run, `${api}/admin/version`),
    httpGet(run, '/ui-settings'),
  ]);
  const warning = warnOfUiAddress(uiAddressIn(ui), local);
  return { outcome: 'ok', service: named(version), ms, warnings: warning === undefined ? [] : [warning] };
}

/** A server with basic auth refuses in these words; a login page or AirPlay says something else. */
function isRefusal(answer: Answer): boolean {
  return (
    answer.kind === 'answer' &&
    (answer.status === 401 || answer.status === 403) &&
    typeof member(parseJson(answer.body), 'exception_message') === 'string'
  );
}

/** Prefect's own words for what is wrong with it, its database for one. */
function describeSickness(answer: Extract<Answer, { kind: 'answer' }>): string | undefined {
  const message = member(parseJson(answer.body), 'exception_message');
  return typeof message === 'string' ? `Prefect answers HTTP ${answer.status}: ${shown(message)}` : undefined;
}

function named(version: Answer): string {
  if (isRefusal(version)) return `${NAME} (wants auth)`;
  const number = version.kind === 'answer' && version.status === 200 ? parseJson(version.body) : undefined;
  return typeof number === 'string' && /^\d+\.\d+/.test(number) ? `${NAME} ${shown(number)}` : NAME;
}

function uiAddressIn(answer: Answer): string | undefined {
  if (answer.kind === 'nothing' || answer.status !== 200) return undefined;
  const address = member(parseJson(answer.body), 'api_url');
  return typeof address === 'string' ? address : undefined;
}

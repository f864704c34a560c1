import type { Finding, ProbeRun } from '../probe.ts';
import { httpGet } from './http-get.ts';
import { shown } from './stranger.ts';

/** Asks any web service for one path; what wants a login is reachable, and said to be no more than that. */
export async function probeHttp(run: ProbeRun): Promise<Finding> {
  const { path = '/' } = run.service;
  const answer = await httpGet(run, path, 'head');
  if (answer.kind === 'nothing') return { outcome: 'failed', service: 'HTTP', reason: answer.reason };
  const service = `HTTP ${answer.status}`;
  if (answer.status < 400) return { outcome: 'ok', service, ms: answer.ms };
  const isAirPlay = /^AirTunes/i.test(answer.server);
  if ((answer.status === 401 || answer.status === 403) && !isAirPlay) {
    return { outcome: 'ok', service: `${service} (reachable)`, ms: answer.ms };
  }
  const from = answer.server === '' ? '' : ` with Server: ${shown(answer.server)}`;
  const reason = `answers ${service}${from}${isAirPlay ? ' (macOS AirPlay)' : ''} for ${shown(path)}`;
  return { outcome: 'failed', service, ms: answer.ms, reason };
}

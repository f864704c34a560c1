import type { Finding, ProbeRun } from '../probe.ts';
import { httpGet } from './http-get.ts';
import { describeStranger, member, parseJson } from './stranger.ts';

const NAME = 'Marquez';

/** Asks a Marquez server for its namespaces: a read that also needs its database. */
export async function probeMarquez(run: ProbeRun): Promise<Finding> {
  const { path: api = '/api/v1' } = run.service;
  const answer = await httpGet(run, `${api}/namespaces?limit=1`);
  if (answer.kind === 'nothing') return { outcome: 'failed', service: NAME, reason: answer.reason };
  const isMarquez = answer.status === 200 && Array.isArray(member(parseJson(answer.body), 'namespaces'));
  if (isMarquez) return { outcome: 'ok', service: NAME, ms: answer.ms };
  return { outcome: 'failed', service: NAME, ms: answer.ms, reason: describeStranger(answer, NAME) };
}

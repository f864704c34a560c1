import type { Choice } from '../../config/choose.ts';
import type { UpResult } from '../../ops/net/open.ts';
import type { PrintableCommand } from '../../ops/net/print-command.ts';
import { type ForwardStatus, hostPort } from '../../ops/net/status.ts';
import type { UpPlan } from '../../ops/net/up.ts';
import { placeOf } from '../../ops/net/via-ssm/ssm-place.ts';
import { describeInstance } from '../../ops/ssm/find-instance.ts';
import type { Style } from '../../output.ts';
import { printable } from '../../printable.ts';
import { tableOf } from '../table.ts';
import { serviceText, shownAddresses, stateStyle } from './words.ts';

/** Shows what `net up` opened or found: a line a forward, what to export, the verdict. */
export function renderUp(
  opened: Pick<UpResult, 'outcome' | 'status'>,
  tookMs: number,
  isGood: boolean,
  style: Style,
): string {
  const { status, outcome } = opened;
  const rows = status.forwards.flatMap((forward) => {
    const [first = '', ...others] = shownAddresses(forward);
    const row = [forward.name, first, forward.remote, forwardWord(forward), serviceText(forward)];
    return [row, ...others.map((address) => ['', address])];
  });
  const table = tableOf([['FORWARD', 'LOCAL', 'REMOTE', 'STATE', 'SERVICE'], ...rows], (cell, column, row) =>
    column === 3 && row > 0 ? stateStyle(cell, style)(cell) : cell,
  );
  const verdict = {
    started: `${status.label} is up (${(tookMs / 1000).toFixed(1)} s).`,
    'already-up': `${status.label} was up already, nothing changed.`,
    kept: `${status.label} was up for net exec alone, and stays up now.`,
  }[outcome];
  const lines = [`through   ${status.through}`, table, ...exportLine(status.forwards)];
  if (isGood) lines.push(`${verdict} End: hotpass net down ${status.label}`);
  return lines.join('\n');
}

/** Shows what `net up` would do. */
export function renderPlan(plan: UpPlan): string {
  const { label, via, gateway, ssm, forwards, bind } = plan.plan;
  const what = {
    start: `would start ${label}`,
    keep: `${label} is up with this plan; nothing to do`,
    replace: `would clear what a dead session left, then start ${label}`,
  }[plan.action];
  const bastion = gateway && `${gateway.user === undefined ? '' : `${gateway.user}@`}${gateway.host}`;
  const instance = ssm && printable(plan.instance ? describeInstance(plan.instance) : placeOf(ssm));
  const through = [via, bastion ?? instance].filter(Boolean).join(' ');
  const rows = forwards.map(({ name, localPort, host, port, probe }) => [
    name,
    bind.map((address) => hostPort(address, localPort)).join(' '),
    hostPort(host, port),
    probe,
  ]);
  return [
    `through   ${through}`,
    tableOf([['FORWARD', 'LOCAL', 'REMOTE', 'PROBE'], ...rows]),
    ...plan.notes.map((note) => `note: ${note}`),
    `state     ${plan.project}`,
    `${what} (dry run, nothing was changed)`,
  ].join('\n');
}

/** Shows each value of a request and where it came from. */
export function renderChoices(choices: readonly Choice[]): string {
  const rows = choices.map(({ name, value, origin }) => [name, printable(valueText(value)), origin]);
  return tableOf([['SETTING', 'VALUE', 'FROM'], ...rows]);
}

/** Shows a command ready to paste. */
export function renderCommand({ command, more = [] }: PrintableCommand): string {
  return [command, ...more.map((one) => one.command)].join('\n');
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.join(' ');
  if (typeof value === 'object' && value !== null) return tagText(value);
  return String(value);
}

/** The one mapping among the settings: tags, as `--instance` takes them. */
function tagText(tags: object): string {
  return Object.entries(tags)
    .map(([key, tag]) => `tag:${key}=${tag}`)
    .join(',');
}

function forwardWord({ layers }: ForwardStatus): string {
  if (layers.port.state !== 'ok' || layers.transport.state !== 'ok') return 'down';
  if (layers.service.state === 'failed') return 'degraded';
  return layers.service.state === 'ok' ? 'ready' : 'open';
}

function exportLine(forwards: readonly ForwardStatus[]): string[] {
  const known = [
    ['prefect', (url: string) => `PREFECT_API_URL=${url}/api`],
    ['marquez', (url: string) => `OPENLINEAGE_URL=${url}`],
  ] as const;
  const variables = known.flatMap(([name, write]) => {
    const forward = forwards.find((one) => one.name === name);
    return forward === undefined ? [] : [write(forward.url)];
  });
  if (variables.length > 0) return [`use       export ${variables.join(' ')}`];
  const eks = forwards.find(({ name }) => name === 'eks');
  if (eks !== undefined)
    return [`use       ${eks.url} with tls-server-name ${eks.remote.replace(/:\d+$/, '')}`];
  const first = forwards[0];
  return first === undefined ? [] : [`use       ${first.url.replace(/^https?:\/\//, '')}`];
}

import { expect, it } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import { guardOf } from '../../../../src/ops/guard/guard.ts';
import type { TunnelPlan } from '../../../../src/ops/net/plan.ts';
import { recordPlan } from '../../../../src/ops/net/plan-record.ts';
import {
  needsConfig,
  type ResumeSources,
  resumeRequest,
} from '../../../../src/ops/net/resume/resume-request.ts';
import type { Session } from '../../../../src/state/net.ts';
import { lease, session } from '../../../state/support/session.ts';
import { parseCommand } from '../../../support/next-commands.ts';

const plan: TunnelPlan = {
  label: 'night',
  target: 'prod',
  via: 'ssh-bastion',
  gateway: {
    host: 'bastion',
    user: 'ann',
    port: 2222,
    identity: '/home/ann/my key',
    jump: ['gate', 'ann@[2001:db8::1]:22'],
    options: ['Compression=yes'],
    configFile: '/home/ann/conf',
  },
  bind: ['127.0.0.1', '::1'],
  forwards: [
    {
      name: 'web',
      host: '2001:db8::2',
      port: 80,
      localPort: 8080,
      movedFrom: 80,
      probe: 'http',
      path: '/up?key=1',
    },
    { name: 'db', host: 'db', port: 5432, localPort: 5432, probe: 'tcp', path: undefined },
    {
      name: 'eks',
      host: 'abcd.eks',
      port: 443,
      localPort: 6443,
      probe: 'eks',
      path: undefined,
      cluster: { name: 'c-1', region: 'eu-west-1', ca: 'PEM' },
    },
  ],
  holdMs: 7_000,
  timeoutMs: 21_000,
};
const record: Session = { ...session(), ...recordPlan(plan) };
const project = lease().project;
const sources: ResumeSources = {
  project,
  ledger: {
    version: 1,
    leases: plan.forwards.map(({ name, localPort }) =>
      lease({
        target: 'prod',
        label: 'night',
        forward: name,
        port: localPort,
        sshConfig: '/home/ann/conf',
      }),
    ),
  },
  net: { ssh: { options: { Compression: 'yes' } }, forwards: { web: { path: '/up?key=1' } } },
  guard: guardOf('prod', {}, { confirm: undefined, command: [] }),
  policy: 'careful',
  require: 'service',
};

/** Gives the error that a request ends with. */
function refusal(change: Partial<Session>, from: Partial<ResumeSources> = {}): HotpassError {
  try {
    resumeRequest({ ...record, ...change }, { ...sources, ...from });
  } catch (error) {
    if (error instanceof HotpassError) return error;
  }
  throw new Error('it was not refused');
}

it('asks for the very plan that was recorded, on its ports', () => {
  const { forwards, ...rest } = plan;
  const request = resumeRequest(record, sources);
  expect(request.plan).toEqual(rest);
  expect(request.wanted).toEqual(forwards);
  expect(request).toMatchObject({
    fixed: new Set(['web', 'db', 'eks']),
    policy: 'careful',
    require: 'service',
  });
});

it('asks nothing of a protected target that was confirmed when it was opened', () => {
  const guard = guardOf('prod', { protected: true }, { confirm: undefined, command: [] });
  expect(resumeRequest({ ...record, confirmed: true }, { ...sources, guard })).toMatchObject({
    guard: { isProtected: true, confirm: 'prod' },
    plan: { confirmed: true },
  });
  expect(resumeRequest(record, { ...sources, guard }).guard).toBe(guard);
  const confirmed = { ...guard, confirm: 'prod' };
  expect(resumeRequest(record, { ...sources, guard: confirmed }).plan.confirmed).toBe(true);
});

it('reads hotpass.yaml only for what is not on record', () => {
  expect(needsConfig(record)).toBe(true);
  const { options: _, ...gateway } = record.gateway ?? { host: '' };
  const forwards = record.forwards.filter(({ hasQuery }) => hasQuery !== true);
  expect(needsConfig({ ...record, gateway, forwards })).toBe(false);
});

it.each([
  [
    'has the option no more',
    { net: { forwards: { web: { path: '/up?key=1' } } } },
    '--ssh-option Compression',
  ],
  [
    'has another path',
    { net: { ...sources.net, forwards: { web: { path: '/down?key=1' } } } },
    'path of web',
  ],
  ['is gone', { net: undefined }, '--ssh-option Compression'],
])('says what to type when hotpass.yaml %s', (_, from, what) => {
  const { code, message, hint = '' } = refusal({}, from);
  expect(code).toBe('resume-incomplete');
  expect(message).toContain(what);
  expect(hint).toBe(
    [
      "hotpass net up prod --label night --via ssh-bastion --region eu-west-1 --eks-cluster c-1 --host bastion --ssh-user ann --ssh-port 2222 --identity '/home/ann/my key'",
      "--jump gate --jump 'ann@[2001:db8::1]:22' --ssh-config /home/ann/conf --ssh-option Compression=VALUE",
      "--forward 'web=8080:[2001:db8::2]:80' --forward db=5432:db:5432 --forward eks=6443 --bind 127.0.0.1 --bind ::1",
    ].join(' '),
  );
  parseCommand(hint.replaceAll("'", '').replace('my key', 'my-key'));
});

it.each([
  ['that goes another way', { via: 'ssm' as const }],
  ['of another label', { label: 'day' }],
  ['of another target', { target: 'staging' }],
])('does not bring back a record %s', (_, change) => {
  expect(refusal(change).code).toBe('resume-incomplete');
});

it('does not bring back a record of an older version, which says less', () => {
  const { holdMs: _, ...older } = record;
  expect(() => resumeRequest(older, sources)).toThrow(expect.objectContaining({ code: 'resume-incomplete' }));
});

it('does not bring back a record whose ports belong to another project', () => {
  expect(refusal({}, { project: '/home/ann/other/.hotpass' }).code).toBe('resume-incomplete');
});

it.each([
  ['another ssh config', '/home/ann/data/evil'],
  ['no ssh config', undefined],
])('does not bring back a record that names %s than the session had', (_, configFile) => {
  const { configFile: _known, ...gateway } = record.gateway ?? { host: '' };
  const changed = configFile === undefined ? gateway : { ...gateway, configFile };
  expect(refusal({ gateway: changed }).message).toContain('it was not opened here with');
});

it.each([
  ['host', { host: '-oProxyCommand=x', configFile: '/home/ann/conf' }],
  ['user', { host: 'bastion', user: '-x', configFile: '/home/ann/conf' }],
  ['jump host', { host: 'bastion', jump: ['-x'], configFile: '/home/ann/conf' }],
])('refuses a %s that ssh could take for an option', (_, gateway) => {
  expect(refusal({ gateway }).code).toBe('host-invalid');
});

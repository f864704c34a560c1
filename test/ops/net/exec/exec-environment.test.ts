import { expect, it } from 'vitest';
import { loadTable } from '../../../../src/command.ts';
import { commands } from '../../../../src/commands/index.ts';
import { tellEnvironment } from '../../../../src/ops/net/exec/exec-environment.ts';
import type { Forward } from '../../../../src/ops/net/plan.ts';

const forward = (name: string, more: Partial<Forward> = {}): Forward => ({
  name,
  host: 'far.example.com',
  port: 4200,
  localPort: 4300,
  probe: 'tcp',
  ...more,
});
const tell = (forwards: readonly Forward[], { bind = ['127.0.0.1'], caller = {} } = {}) =>
  tellEnvironment({ target: 'staging', bind, forwards }, caller);

it.each([
  ['127.0.0.1', '127.0.0.1', 'http://127.0.0.1:4300'],
  ['::1', '::1', 'http://[::1]:4300'],
  ['0.0.0.0', '127.0.0.1', 'http://127.0.0.1:4300'],
  ['::', '::1', 'http://[::1]:4300'],
  ['10.0.0.7', '10.0.0.7', 'http://10.0.0.7:4300'],
])('a forward that listens on %s is found at %s', (address, host, url) => {
  expect(tell([forward('db')], { bind: [address] }).variables).toEqual({
    HOTPASS_TARGET: 'staging',
    HOTPASS_DB_URL: url,
    HOTPASS_DB_HOST: host,
    HOTPASS_DB_PORT: '4300',
  });
});

it('tells the name that the certificate of a cluster is for', () => {
  const cluster = { name: 'c', region: 'eu-west-1', ca: 'PEM' };
  const forward = {
    name: 'eks',
    host: 'abcd.eks',
    port: 8443,
    localPort: 6443,
    probe: 'eks',
    cluster,
  } as const;
  const plan = { target: 'staging', bind: ['127.0.0.1'], forwards: [forward] };
  expect(tellEnvironment(plan, {}).variables).toEqual({
    HOTPASS_TARGET: 'staging',
    HOTPASS_EKS_URL: 'https://127.0.0.1:6443',
    HOTPASS_EKS_HOST: '127.0.0.1',
    HOTPASS_EKS_PORT: '6443',
    HOTPASS_EKS_TLS_SERVER_NAME: 'abcd.eks',
  });
});

it('of several Prefects the one of that name is meant, with the path of its API', () => {
  const other = forward('prefect-eu', { probe: 'prefect', localPort: 4301 });
  const named = forward('prefect', { probe: 'prefect', path: '/prefect/api' });
  expect(tell([other, named]).variables.PREFECT_API_URL).toBe('http://127.0.0.1:4300/prefect/api');
  expect(tell([other]).variables.PREFECT_API_URL).toBe('http://127.0.0.1:4301/api');
});

it('a Marquez is told by its origin, whatever path its probe asks', () => {
  const marquez = forward('lineage', { probe: 'marquez', path: '/marquez/api/v1' });
  expect(tell([marquez]).variables.OPENLINEAGE_URL).toBe('http://127.0.0.1:4300');
});

it('only another value of the caller is told as replaced', () => {
  const prefect = [forward('prefect', { probe: 'prefect' })];
  const ours = 'http://127.0.0.1:4300/api';
  expect(tell(prefect, { caller: { PREFECT_API_URL: 'https://prod' } }).replaced).toEqual([
    'PREFECT_API_URL',
  ]);
  for (const value of [ours, '', undefined])
    expect(tell(prefect, { caller: { PREFECT_API_URL: value } }).replaced).toEqual([]);
  expect(tell(prefect, { caller: { OPENLINEAGE_URL: 'https://kept' } }).replaced).toEqual([]);
});

it('names that give the same variable are refused, and both are named', () => {
  const twins = () => tell([forward('my-db'), forward('my.DB')]);
  expect(twins).toThrow('forwards "my-db" and "my.DB" are both HOTPASS_MY_DB_… to the command');
});

it('a name is refused when hotpass itself would obey its variables', async () => {
  const { verbs } = await loadTable(commands);
  const options = verbs.flatMap((verb) => Object.values(verb.options ?? {}));
  const own = options.flatMap(
    ({ variable }) => /^HOTPASS_(.+)_(?:URL|HOST|PORT)$/.exec(variable ?? '')?.[1] ?? [],
  );
  expect(own).toContain('BASTION');
  for (const name of own)
    expect(() => tell([forward(name.toLowerCase().replaceAll('_', '-'))])).toThrow(name);
});

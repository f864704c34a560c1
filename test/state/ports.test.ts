import { copyFile, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { grant, holderOf, leaseOf, portStore, release } from '../../src/state/ports.ts';
import { tempFolder } from './support/folder.ts';
import { lease, session } from './support/session.ts';
import { stateSystem } from './support/system.ts';

const golden = new URL('../golden/ports.v1.json', import.meta.url).pathname;
const empty = await portStore.read('/nowhere');
const leases = [
  lease(),
  lease({ label: 'second', port: 4201 }),
  lease({ target: 'prod', port: 4210, grantedBy: session().owner }),
];

test('ports.json is written as the golden file has it, byte for byte', async () => {
  const folder = await tempFolder();
  await portStore.update(stateSystem(), folder, (ledger) => leases.reduce(grant, ledger));
  expect(await readFile(portStore.path(folder), 'utf8')).toBe(await readFile(golden, 'utf8'));
});

test('the golden ports.json is read back whole', async () => {
  const folder = await tempFolder();
  await copyFile(golden, portStore.path(folder));
  expect(await portStore.read(folder)).toEqual({ version: 1, leases });
});

test('one forward under two labels holds two ports', () => {
  const ledger = leases.reduce(grant, empty);
  expect(leaseOf(ledger, lease())?.port).toBe(4200);
  expect(leaseOf(ledger, lease({ label: 'second' }))?.port).toBe(4201);
  expect(leaseOf(ledger, lease({ forward: 'marquez' }))).toBeUndefined();
});

test.each([
  ['target', lease({ target: 'prod' }), 'port 4200 belongs to target staging'],
  [
    'project',
    lease({ project: '/home/ann/other/.hotpass' }),
    'port 4200 belongs to target staging of /home/ann/data/.hotpass',
  ],
])('a port is never given to another %s', (_, asked, message) => {
  const ledger = grant(empty, lease());
  expect(() => grant(ledger, asked)).toThrow(expect.objectContaining({ code: 'port-busy', message }));
});

test('a port that a forward has left stays with its target', () => {
  const ledger = grant(grant(empty, lease()), lease({ port: 4300 }));
  expect(leaseOf(ledger, lease())?.port).toBe(4300);
  expect(holderOf(ledger, 4200)).toEqual(lease());
  expect(() => grant(ledger, lease({ target: 'prod' }))).toThrow();
  expect(leaseOf(grant(ledger, lease()), lease())?.port).toBe(4200);
});

test('within a target a port moves to the forward that asked last', () => {
  const ledger = grant(grant(empty, lease()), lease({ forward: 'marquez' }));
  expect(ledger.leases).toEqual([lease({ forward: 'marquez' })]);
});

test('a port that is granted again is not written again', () => {
  const ledger = grant(empty, lease());
  expect(grant(ledger, lease({ leasedAt: '2027-01-01T00:00:00.000Z' }))).toBe(ledger);
});

test("a port that is released is anybody's", () => {
  const other = lease({ project: '/home/ann/other/.hotpass', port: 5000 });
  const ledger = [lease(), other].reduce(grant, empty);
  const released = release(ledger, [lease()]);
  expect(released.leases).toEqual([other]);
  expect(holderOf(grant(released, lease({ target: 'prod' })), 4200)?.target).toBe('prod');
});

test('a ledger with one port twice is damaged', async () => {
  const folder = await tempFolder();
  const { writeFile } = await import('node:fs/promises');
  await writeFile(
    portStore.path(folder),
    JSON.stringify({ version: 1, leases: [lease(), lease({ target: 'prod' })] }),
  );
  await expect(portStore.read(folder)).rejects.toMatchObject({
    code: 'state-invalid',
    message: expect.stringContaining('/leases/1/port: 4200 occurs twice'),
  });
});

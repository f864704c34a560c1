import { describe, expect, it } from 'vitest';
import { type Given, type Net, refusal, request } from './requests.ts';

const HOST = { host: 'b' } as const;

describe('the forwards of a request', () => {
  const forwardsOf = (given: Given) =>
    request({ ...given, args: { ...HOST, ...given.args } }).wanted.map(
      ({ name, localPort, host, port, probe, path }) =>
        `${name}=${localPort === undefined ? '' : `${localPort}:`}${host}:${port} ${probe}${path ?? ''}`,
    );
  const file: Net = {
    forwards: {
      prefect: { host: 'p' },
      db: { host: 'd', port: 5432, local: 15_432 },
      ui: { host: 'u', port: 80, probe: 'http', path: '/ok' },
    },
  };

  it.each<[string, Given, string[]]>([
    [
      'come from the file',
      { net: file },
      ['prefect=p:4200 prefect', 'db=15432:d:5432 tcp', 'ui=u:80 http/ok'],
    ],
    [
      'are added to by flags, and replaced by name; the probe of the file stays',
      { net: file, args: { forward: ['ui=v:81', 'x=h:1'] } },
      ['prefect=p:4200 prefect', 'db=15432:d:5432 tcp', 'ui=v:81 http/ok', 'x=h:1 tcp'],
    ],
    [
      'are asked as what they are named after',
      { args: { forward: ['marquez=h:1'] } },
      ['marquez=h:1 marquez'],
    ],
    [
      'are changed in parts by the older flags',
      { net: file, args: { prefectPort: 4300, prefectRemotePort: 4301, prefectHost: 'q' } },
      ['prefect=4300:q:4301 prefect', 'db=15432:d:5432 tcp', 'ui=u:80 http/ok'],
    ],
    [
      'are those of the original for target staging',
      { args: { prefectPort: 4300 } },
      ['prefect=4300:prefect.staging.internal:4200 prefect', 'marquez=marquez.staging.internal:5000 marquez'],
    ],
    [
      'go without marquez when told so',
      { args: { marquez: false } },
      ['prefect=prefect.staging.internal:4200 prefect'],
    ],
    [
      'come from the older variables, for any target',
      { target: 'prod', variables: { HOTPASS_MARQUEZ_REMOTE_HOST: 'm' } },
      ['marquez=m:5000 marquez'],
    ],
  ])('%s', (_, given, expected) => {
    expect(forwardsOf(given)).toEqual(expected);
  });

  it.each<[string, Given, string]>([
    [
      'one local port twice',
      { args: { forward: ['a=5:h:1', 'b=5:h:2'] } },
      'local port 5 is given to a and to b  [port-invalid]',
    ],
    [
      'one local port in file and flag',
      { net: file, args: { forward: ['x=15432:h:1'] } },
      'local port 15432 is given to db and to x  [port-invalid]',
    ],
    [
      'one name twice',
      { args: { forward: ['a=h:1', 'a=h:2'] } },
      'forward a is given twice  [forward-invalid]',
    ],
    [
      'a part of what is nowhere',
      { target: 'prod', args: { marquezPort: 5 } },
      '--marquez-port says nothing about where marquez is  [forward-invalid]',
    ],
    [
      'a host that is none, of a variable',
      { variables: { HOTPASS_PREFECT_REMOTE_HOST: 'a b' } },
      'HOTPASS_PREFECT_REMOTE_HOST: host of prefect "a b" is not a host name or address  [host-invalid]',
    ],
  ])('may not hold %s', (_, given, message) => {
    expect(refusal({ ...given, args: { ...HOST, ...given.args } })).toBe(message);
  });

  it.each<[string, Given, object | undefined]>([
    ['by its bare name in the file', { net: { forwards: { eks: {} } } }, { probe: 'eks' }],
    [
      'with a port and a probe of the file',
      { net: { forwards: { eks: { local: 7000, probe: 'none' } } } },
      { localPort: 7000, probe: 'none' },
    ],
    ['by a flag', { args: { forward: ['eks'] } }, { probe: 'eks' }],
    [
      'by a flag in place of a host of the file',
      { args: { forward: ['eks=7001'] }, net: { forwards: { eks: { host: 'h', port: 443 } } } },
      { localPort: 7001, probe: 'eks' },
    ],
    [
      'not where a flag names a host',
      { args: { forward: ['eks=h:443'] }, net: { forwards: { eks: {} } } },
      undefined,
    ],
    ['not where the file names a host', { net: { forwards: { eks: { host: 'h', port: 443 } } } }, undefined],
  ])('lead to the cluster %s', (_, given, endpoint) => {
    const eks = { cluster: 'c-1' };
    const made = request({ eks, ...given, args: { ...HOST, ...given.args } });
    if (endpoint === undefined) {
      expect(made.endpoint).toBeUndefined();
      expect(made.wanted).toMatchObject([{ name: 'eks', host: 'h', probe: 'tcp' }]);
      return;
    }
    expect(made.wanted).toEqual([]);
    expect(made.endpoint).toMatchObject({ name: 'eks', cluster: 'c-1', target: 'staging', ...endpoint });
  });

  it('say for --explain that they lead to the cluster, and who wants that', () => {
    const said = (given: Given) =>
      request({ eks: { cluster: 'c' }, ...given, args: { ...HOST, ...given.args } }).chosen.find(
        ({ name }) => name === 'forward eks',
      );
    const value = 'endpoint of the cluster';
    expect(said({ args: { forward: ['eks'] } })).toMatchObject({ value, origin: 'flag --forward' });
    const net = { forwards: { eks: {} } };
    expect(said({ net })).toMatchObject({ value, origin: 'hotpass.yaml: net.forwards.eks' });
  });

  it.each<[string, Given, string | undefined]>([
    [
      'flag',
      { args: { eksCluster: 'a' }, variables: { HOTPASS_EKS_CLUSTER: 'b' }, eks: { cluster: 'c' } },
      'a',
    ],
    ['variable', { variables: { HOTPASS_EKS_CLUSTER: 'b' }, eks: { cluster: 'c' } }, 'b'],
    ['file', { eks: { cluster: 'c' } }, 'c'],
  ])('take the cluster of the %s', (_, given, cluster) => {
    expect(request({ ...given, args: { ...HOST, forward: ['eks'], ...given.args } }).endpoint?.cluster).toBe(
      cluster,
    );
  });

  it.each<[string, Given, string]>([
    ['is none', {}, 'forward eks leads to no cluster of target staging  [no-cluster]'],
    [
      'is no name of one',
      { variables: { HOTPASS_EKS_CLUSTER: '-x' } },
      'HOTPASS_EKS_CLUSTER: cluster "-x" is not the name of an EKS cluster  [usage]',
    ],
    [
      'has half an address',
      { net: { forwards: { eks: { host: 'h' } } } },
      'hotpass.yaml: net.forwards.eks: forward eks has no host and port  [forward-invalid]',
    ],
    [
      'is on the port of another forward',
      { eks: { cluster: 'c' }, args: { forward: ['eks=5', 'a=5:h:1'] } },
      'local port 5 is given to a and to eks  [port-invalid]',
    ],
    [
      'is on no port',
      { args: { forward: ['eks=70000'] } },
      'local port of forward eks "70000" is not a port  [port-invalid]',
    ],
  ])('do not lead to a cluster that %s', (_, given, message) => {
    const net = { forwards: { eks: {} } };
    expect(refusal({ net, ...given, args: { ...HOST, ...given.args } })).toBe(message);
  });

  it('are fixed where a local port is named', () => {
    expect([...request({ args: { ...HOST, forward: ['a=5:h:1', 'b=h:2'] } }).fixed]).toEqual(['a']);
  });
});

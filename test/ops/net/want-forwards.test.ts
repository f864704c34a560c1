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

  it('are fixed where a local port is named', () => {
    expect([...request({ args: { ...HOST, forward: ['a=5:h:1', 'b=h:2'] } }).fixed]).toEqual(['a']);
  });
});

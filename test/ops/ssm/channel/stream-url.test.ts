import { describe, expect, it } from 'vitest';
import { readStreamUrl } from '../../../../src/ops/ssm/channel/stream-url.ts';

const at = (region: string, endpoint = `https://ssm.${region}.amazonaws.com`) => ({
  region,
  endpoint: new URL(endpoint),
});
const PATH = '/v1/data-channel/operator-0abc?role=publish_subscribe&cell-number=AAAA';

describe('the address of a session is taken', () => {
  it.each([
    ['eu-west-1', 'wss://ssmmessages.eu-west-1.amazonaws.com'],
    ['eu-west-1', 'wss://ssmmessages.eu-west-1.amazonaws.com:443'],
    ['eu-west-1', 'wss://ssmmessages.eu-west-1.api.aws'],
    ['us-gov-west-1', 'wss://ssmmessages-fips.us-gov-west-1.amazonaws.com'],
    ['us-gov-west-1', 'wss://ssmmessages-fips.us-gov-west-1.api.aws'],
    ['cn-north-1', 'wss://ssmmessages.cn-north-1.amazonaws.com.cn'],
    ['cn-north-1', 'wss://ssmmessages.cn-north-1.api.amazonwebservices.com.cn'],
    ['us-iso-east-1', 'wss://ssmmessages.us-iso-east-1.c2s.ic.gov'],
    ['us-isob-east-1', 'wss://ssmmessages.us-isob-east-1.sc2s.sgov.gov'],
    ['eusc-de-east-1', 'wss://ssmmessages.eusc-de-east-1.amazonaws.eu'],
  ])('in %s as %s', (region, origin) => {
    expect(readStreamUrl(origin + PATH, at(region)).href).toBe(new URL(origin + PATH).href);
  });

  it.each(['ws://127.0.0.1:4000', 'ws://[::1]:4000', 'ws://localhost:4000', 'wss://127.0.0.1:4000'])(
    'as %s where the calls go to this machine too',
    (origin) => {
      expect(readStreamUrl(origin + PATH, at('eu-west-1', 'http://127.0.0.1:5000')).host).toBe(
        new URL(origin).host,
      );
    },
  );
});

describe('the address of a session is refused', () => {
  it.each([
    ['in clear text', 'ws://ssmmessages.eu-west-1.amazonaws.com'],
    ['by https', 'https://ssmmessages.eu-west-1.amazonaws.com'],
    ['of another region', 'wss://ssmmessages.eu-west-2.amazonaws.com'],
    ['of another partition', 'wss://ssmmessages.eu-west-1.amazonaws.com.cn'],
    ['of another service', 'wss://ssm.eu-west-1.amazonaws.com'],
    ['that only begins like it', 'wss://ssmmessages.eu-west-1.amazonaws.com.evil.example'],
    ['that only ends like it', 'wss://evil-ssmmessages.eu-west-1.amazonaws.com'],
    ['below it', 'wss://x.ssmmessages.eu-west-1.amazonaws.com'],
    ['with a dot at its end', 'wss://ssmmessages.eu-west-1.amazonaws.com.'],
    ['on another port', 'wss://ssmmessages.eu-west-1.amazonaws.com:8443'],
    ['with a user', 'wss://ssmmessages.eu-west-1.amazonaws.com@evil.example'],
    ['with a password', 'wss://a:b@ssmmessages.eu-west-1.amazonaws.com'],
    ['of this machine, where the calls go to AWS', 'ws://127.0.0.1:4000'],
    ['that is none', 'ssmmessages.eu-west-1.amazonaws.com'],
    ['that is empty', ''],
  ])('%s', (_, text) => {
    expect(() => readStreamUrl(text, at('eu-west-1'))).toThrow(
      expect.objectContaining({ code: 'stream-url-refused' }),
    );
  });

  it('of another machine, where the calls go to this one', () => {
    const local = at('eu-west-1', 'http://127.0.0.1:5000');
    expect(() => readStreamUrl('ws://192.0.2.7:4000', local)).toThrow(/named ws:\/\/192\.0\.2\.7:4000/);
  });

  it('of an odd region', () => {
    expect(() => readStreamUrl('wss://ssmmessages.evil.example/.amazonaws.com', at('evil.example/'))).toThrow(
      expect.objectContaining({ code: 'stream-url-refused' }),
    );
  });

  it('without its query in the words, where a secret may stand', () => {
    expect(() => readStreamUrl('wss://evil.example/p?token=SECRET', at('eu-west-1'))).toThrow(
      expect.objectContaining({ message: 'the service named wss://evil.example for the session' }),
    );
  });
});

import { STSClient } from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import { stsEndpoint } from '../../../../src/ops/aws/connection/sts-endpoint.ts';

const regions = ['us-east-1', 'eu-west-1', 'eu-new-7', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1'];
const kinds = [false, true].flatMap((useFips) =>
  [false, true].flatMap((useDualstack) => regions.map((region) => ({ region, useFips, useDualstack }))),
);

it('gives the addresses that the client of STS gives', () => {
  const { config } = new STSClient({ region: 'us-east-1' });
  const differing = kinds.filter(({ region, useFips, useDualstack }) => {
    const theirs = () =>
      config.endpointProvider({ Region: region, UseFIPS: useFips, UseDualStack: useDualstack }).url.href;
    return (
      attempt(theirs) !== undefined && attempt(theirs) !== stsEndpoint({ region, useFips, useDualstack }).href
    );
  });
  expect(differing).toEqual([]);
});

it('knows the partition of a region', () => {
  const plain = { useFips: false, useDualstack: false };
  expect(stsEndpoint({ region: 'cn-north-1', ...plain }).host).toBe('sts.cn-north-1.amazonaws.com.cn');
  expect(stsEndpoint({ region: 'eu-west-1', ...plain, useFips: true }).host).toBe(
    'sts-fips.eu-west-1.amazonaws.com',
  );
});

/** A partition without FIPS or dual stack is an error of the client. */
function attempt(ask: () => string): string | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

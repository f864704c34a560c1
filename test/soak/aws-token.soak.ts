import { afterEach, beforeEach, expect, it } from 'vitest';
import { compareTokens, RIVAL_CLUSTER, writeAwsFiles } from '../real/support/token-rivals.ts';
import { startFarAws } from '../support/aws-far-side.ts';
import { createSandbox, type Sandbox } from '../support/hotpass.ts';
import { describeReal } from '../support/real.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example', AWS_REGION: 'eu-west-1' };
const BASE =
  '[base]\naws_access_key_id = AKIDREHEARSED\naws_secret_access_key = rehearsed-and-good-nowhere-else\n';

describeReal('a token as the AWS CLI makes it', ['aws'], () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await createSandbox();
  });
  afterEach(() => sandbox.remove());

  it.each<[string, Record<string, string>, string]>([
    ['with the keys of the environment', {}, 'https://sts.eu-west-1.amazonaws.com/'],
    ['with a session token', { AWS_SESSION_TOKEN: 'IQoJ+/==' }, 'https://sts.eu-west-1.amazonaws.com/'],
    [
      'in the region that was global once',
      { AWS_REGION: 'us-east-1' },
      'https://sts.us-east-1.amazonaws.com/',
    ],
    ['in China', { AWS_REGION: 'cn-north-1' }, 'https://sts.cn-north-1.amazonaws.com.cn/'],
    ['by FIPS', { AWS_USE_FIPS_ENDPOINT: 'true' }, 'https://sts-fips.eu-west-1.amazonaws.com/'],
    [
      'by FIPS for the government',
      { AWS_USE_FIPS_ENDPOINT: 'true', AWS_REGION: 'us-gov-west-1' },
      'https://sts.us-gov-west-1.amazonaws.com/',
    ],
    ['by IPv6 and IPv4', { AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'https://sts.eu-west-1.api.aws/'],
    [
      'at an address of STS',
      { AWS_ENDPOINT_URL_STS: 'https://sts.internal:8443' },
      'https://sts.internal:8443/',
    ],
    [
      'at an address of all services',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' },
      'http://127.0.0.1:4566/',
    ],
    [
      'past addresses that are to be ignored',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      'https://sts.eu-west-1.amazonaws.com/',
    ],
    [
      'in another version',
      { KUBERNETES_EXEC_INFO: '{"apiVersion":"client.authentication.k8s.io/v1"}' },
      'https://sts.eu-west-1.amazonaws.com/',
    ],
  ])('is made %s', async (_, env, address) => {
    // Regional is what we always ask, and what the AWS CLI asks from its version 2 on.
    const regional = { AWS_STS_REGIONAL_ENDPOINTS: 'regional' };
    const { ours } = await compareTokens(sandbox, [], { ...KEYS, ...regional, ...env });
    expect(ours.origin + ours.pathname).toBe(address);
  });

  it('is signed with the keys of a profile, for its region', async () => {
    const keys = '[staging]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n';
    await writeAwsFiles(sandbox, '[profile staging]\nregion = eu-west-1\n', keys);
    const { ours } = await compareTokens(sandbox, ['--profile', 'staging']);
    expect(ours.origin).toBe('https://sts.eu-west-1.amazonaws.com');
  });

  it('is signed by the role of a profile, through one in between', async () => {
    const aws = await startFarAws({ account: { roles: [{ name: 'Hop' }, { name: 'DataOps' }] } });
    const role = (name: string, source: string) =>
      `role_arn = arn:aws:iam::123456789012:role/${name}\nsource_profile = ${source}\nrole_session_name = me\n`;
    const config = `[profile staging]\nregion = eu-west-1\n${role('DataOps', 'hop')}[profile hop]\n${role('Hop', 'base')}`;
    await writeAwsFiles(sandbox, config, BASE);
    const env = { AWS_ENDPOINT_URL_STS: aws.url };
    const { ours, theirs } = await compareTokens(sandbox, ['--profile', 'staging'], env);
    const header = { 'x-k8s-aws-id': RIVAL_CLUSTER };
    const [we, they] = [ours, theirs].map((url) => aws.whoSigned(url.href, header));
    expect(we?.arn).toBe('arn:aws:sts::123456789012:assumed-role/DataOps/me');
    expect(they).toMatchObject({ arn: we?.arn });
  });
});

import { afterEach, beforeEach, expect, it } from 'vitest';
import { startFarAws } from '../support/aws-far-side.ts';
import { createSandbox, type Sandbox } from '../support/hotpass.ts';
import { describeReal } from '../support/real.ts';
import { compareTokens, RIVAL_CLUSTER } from './support/token-rivals.ts';

const ROLE = 'arn:aws:iam::123456789012:role/DataOps';

describeReal('a token as the AWS CLI makes it', ['aws'], () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await createSandbox();
  });
  afterEach(() => sandbox.remove());

  it('is signed by a role that the keys take on', async () => {
    const aws = await startFarAws({ account: { roles: [{ name: 'DataOps' }] } });
    const { ours, theirs } = await compareTokens(sandbox, ['--role-arn', ROLE], aws.env());
    const header = { 'x-k8s-aws-id': RIVAL_CLUSTER };
    const [we, they] = [ours, theirs].map((url) => aws.whoSigned(url.href, header));
    expect(ours.searchParams.get('X-Amz-Security-Token')).not.toBeNull();
    expect(we).toMatchObject({
      account: '123456789012',
      arn: expect.stringContaining(':assumed-role/DataOps/'),
    });
    expect(they?.arn.split('/').slice(0, 2)).toEqual(we?.arn.split('/').slice(0, 2));
  });
});

import { expect, it } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import { openOidcStage, WORKER_SUBJECT } from './oidc-stage.ts';

const WORKER = { namespace: 'hotpass', name: 'worker' };
const ROLE = 'eks.amazonaws.com/role-arn';
const ARN = 'arn:aws:iam::123456789012:role/hotpass/worker-role';

it('finds that a service account may take on the role that stands in it', async () => {
  const stage = await openOidcStage();
  stage.setRole('worker-role');
  expect(await stage.look({ serviceAccount: WORKER }, { annotations: { [ROLE]: ARN } })).toEqual([
    {
      id: 'oidc-provider',
      state: 'ok',
      saw: `${stage.issuer} is trusted, audience sts.amazonaws.com`,
      facts: [{ issuer: stage.kubernetes.issuer, arn: stage.providerArn, audiences: ['sts.amazonaws.com'] }],
    },
    {
      id: 'oidc-discovery',
      state: 'ok',
      saw: `${new URL(stage.kubernetes.issuer).host} names the same issuer, 1 key`,
      facts: [{ issuer: stage.kubernetes.issuer, keysUrl: `${stage.kubernetes.issuer}/keys`, keys: 1 }],
    },
    {
      id: 'oidc-trust',
      state: 'ok',
      saw: `worker-role admits ${WORKER_SUBJECT}`,
      facts: [
        expect.objectContaining({ role: ARN, subject: WORKER_SUBJECT, verdict: 'allowed', isOpen: false }),
      ],
    },
  ]);
});

it('waits for two answers in a row at most', async () => {
  const stage = await openOidcStage();
  stage.setRole('worker-role');
  stage.aws.setDelay(400);
  stage.kubernetes.oidc.setDelay(400);
  await stage.look({ serviceAccount: WORKER }, { annotations: { [ROLE]: ARN } });
  expect(stage.aws.rounds(stage.kubernetes.issuerCalls())).toBe(2);
});

it('says that the account has no provider, and how to make one', async () => {
  const stage = await openOidcStage();
  const cluster = { name: 'other', issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/OTHER' };
  const [provider] = await stage.look({}, { cluster, get: async () => '{}' });
  expect(provider).toMatchObject({
    state: 'failed',
    code: 'oidc-provider-missing',
    saw: 'the account has no IAM provider for oidc.eks.eu-west-1.amazonaws.com/id/OTHER',
    evidence: [
      ['wanted', 'arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/OTHER'],
    ],
    next: 'aws iam create-open-id-connect-provider --url https://oidc.eks.eu-west-1.amazonaws.com/id/OTHER --client-id-list sts.amazonaws.com --region eu-west-1',
  });
});

it('says that the provider does not take the audience', async () => {
  const stage = await openOidcStage();
  stage.aws.setOidcProvider({ url: stage.issuer, audiences: ['sigstore'] });
  const [provider] = await stage.look({});
  expect(provider).toMatchObject({
    code: 'oidc-audience-missing',
    saw: 'the IAM provider does not take the audience sts.amazonaws.com',
    evidence: [
      ['provider', stage.providerArn],
      ['it takes', 'sigstore'],
    ],
    next: `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${stage.providerArn} --client-id sts.amazonaws.com --region eu-west-1`,
  });
});

it('leaves out what the caller may not read, and says which action that takes', async () => {
  const stage = await openOidcStage();
  stage.setRole('worker-role');
  stage.aws.setForbidden('iam:*', true);
  const links = await stage.look({ roles: [{ role: 'worker-role', serviceAccount: 'hotpass/worker' }] });
  expect(links.map(({ state, saw }) => `${state} ${saw}`)).toEqual([
    'skipped not permitted: iam:GetOpenIDConnectProvider',
    expect.stringMatching(/^ok /),
    'skipped not permitted: iam:GetRole',
  ]);
});

it.each([
  ['names another issuer', 'oidc-issuer-differs', /names the issuer https:\/\/evil\.example, not https:/],
  ['has no keys', 'oidc-unreachable', /\/keys holds no keys$/],
  ['fails', 'oidc-unreachable', /openid-configuration answers 500$/],
  ['is away', 'oidc-unreachable', /^127\.0\.0\.1:\d+ cut the connection$/],
  [
    'is of an authority that is not trusted',
    'oidc-unreachable',
    /shows a certificate that is not trusted \(/,
  ],
] as const)('says that the issuer %s', async (fault, code, saw) => {
  const stage = await openOidcStage();
  const { oidc } = stage.kubernetes;
  if (fault === 'names another issuer') oidc.setDocumentIssuer('https://evil.example');
  if (fault === 'has no keys') oidc.setKeys('none');
  if (fault === 'fails') oidc.setStatus(500);
  if (fault === 'is away') oidc.setAway(true);
  if (fault === 'is of an authority that is not trusted') oidc.setCertificate('another-authority');
  const [, discovery] = await stage.look({});
  expect(discovery).toMatchObject({ state: 'failed', code, saw: expect.stringMatching(saw) });
  expect(discovery?.next).toMatch(/^curl -sS https:\/\/127\.0\.0\.1:\d+\/id\//);
});

it('says in what a trust policy refuses, and how to change it', async () => {
  const stage = await openOidcStage();
  stage.setRole('worker-role', {
    StringEquals: { [`${stage.issuer}:sub`]: 'system:serviceaccount:hotpass:*' },
  });
  const [, , trust] = await stage.look({ roles: [{ role: ARN, serviceAccount: 'hotpass/worker' }] });
  expect(trust).toMatchObject({
    state: 'failed',
    code: 'oidc-trust-refused',
    saw: `worker-role does not admit ${WORKER_SUBJECT}`,
    evidence: [
      ['because', 'StringEquals takes * and ? for themselves, StringLike for wildcards'],
      ['fails', `statement 1: StringEquals ${stage.issuer}:sub system:serviceaccount:hotpass:*`],
      ['the token', `sub ${WORKER_SUBJECT}, aud sts.amazonaws.com`],
      [
        'fix',
        `statement 1: "Condition":{"StringLike":{"${stage.issuer}:sub":"system:serviceaccount:hotpass:*"}}`,
      ],
      ['note', 'service account hotpass/worker is not looked at: needs: token'],
    ],
  });
  expect(trust?.next).toMatch(
    /^aws iam update-assume-role-policy --role-name worker-role --policy-document '\{"Version":"2012-10-17",.*\}' --region eu-west-1$/,
  );
});

it.each([
  ['no such role', { role: 'nobody' }, undefined, 'failed the account has no role nobody'],
  [
    'another path',
    { role: ARN.replace('/hotpass/', '/') },
    undefined,
    `failed there is no ${ARN.replace('/hotpass/', '/')}: the ARN of the role is ${ARN}`,
  ],
  [
    'another account',
    { role: ARN.replace('123456789012', '999999999999') },
    undefined,
    `skipped ${ARN.replace('123456789012', '999999999999')} is in another account than 123456789012, and is not looked at`,
  ],
  [
    'another role in the service account',
    { role: 'worker-role' },
    { [ROLE]: 'arn:aws:iam::123456789012:role/old' },
    'failed service account hotpass/worker takes on arn:aws:iam::123456789012:role/old, not worker-role',
  ],
  [
    'the same role in the service account',
    { role: 'worker-role' },
    { [ROLE]: ARN },
    `ok worker-role admits ${WORKER_SUBJECT}`,
  ],
  ['no role in the service account', { role: 'worker-role' }, {}, `ok worker-role admits ${WORKER_SUBJECT}`],
] as const)('says what it is when config names %s', async (_, role, annotations, expected) => {
  const stage = await openOidcStage();
  stage.setRole('worker-role');
  const wishes = { roles: [{ ...role, serviceAccount: 'hotpass/worker' }] };
  const links = await stage.look(wishes, annotations === undefined ? {} : { annotations });
  expect(`${links[2]?.state} ${links[2]?.saw}`).toBe(expected);
});

it('says that Pod Identity may be in use where no role stands in the service account', async () => {
  const stage = await openOidcStage();
  const [, , trust] = await stage.look({ serviceAccount: WORKER }, { annotations: {} });
  expect(trust).toMatchObject({
    state: 'skipped',
    saw: 'service account hotpass/worker names no role (eks.amazonaws.com/role-arn); EKS Pod Identity may be in use',
  });
});

it('takes the audience that stands in the service account', async () => {
  const stage = await openOidcStage();
  stage.setRole('worker-role', { StringEquals: { [`${stage.issuer}:aud`]: 'vault' } });
  const annotations = { [ROLE]: ARN, 'eks.amazonaws.com/audience': 'vault' };
  const [, , trust] = await stage.look({ serviceAccount: WORKER }, { annotations });
  expect(trust).toMatchObject({
    state: 'ok',
    evidence: [['warning', `anybody with a token of ${stage.issuer} may take it on`]],
  });
});

it('tells a service account that is not there from one that may not be read', async () => {
  const stage = await openOidcStage();
  const [, , gone] = await stage.look(
    { serviceAccount: WORKER },
    { readServiceAccount: async () => undefined },
  );
  expect(gone).toMatchObject({
    code: 'oidc-role-missing',
    saw: 'there is no service account hotpass/worker',
    next: 'kubectl -n hotpass get serviceaccounts',
  });
  const readServiceAccount = async () => {
    throw new HotpassError('eks-forbidden', 'no');
  };
  const [, , forbidden] = await stage.look({ serviceAccount: WORKER }, { readServiceAccount });
  expect(forbidden).toMatchObject({
    state: 'skipped',
    saw: 'service account hotpass/worker is not looked at: not permitted: get serviceaccounts',
  });
});

it('looks at jobs of the repository of the runners where config says nothing more, and says so', async () => {
  const stage = await openOidcStage();
  const github = 'token.actions.githubusercontent.com';
  stage.aws.setOidcProvider({ url: github });
  stage.aws.setRole({
    name: 'deploy',
    trustPolicy: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${github}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringLike: { [`${github}:sub`]: 'repo:acme/data:ref:refs/heads/*' } },
      },
    },
  });
  const asked: string[] = [];
  const documents: Record<string, string> = {
    'https://token.actions.githubusercontent.com/.well-known/openid-configuration':
      '{"issuer":"https://token.actions.githubusercontent.com","jwks_uri":"https://keys.example/jwks"}',
    'https://keys.example/jwks': '{"keys":[{},{}]}',
  };
  const links = await stage.look(
    { roles: [{ role: 'deploy' }], repository: { owner: 'acme', name: 'data' } },
    {
      cluster: undefined,
      get: async ({ href }) => {
        asked.push(href);
        return documents[href] ?? '';
      },
    },
  );
  expect(links.map(({ state, saw }) => `${state} ${saw}`)).toEqual([
    'ok token.actions.githubusercontent.com is trusted, audience sts.amazonaws.com',
    'ok token.actions.githubusercontent.com names the same issuer, 2 keys',
    'ok deploy admits some of repo:acme/data:*',
  ]);
  expect(links[2]?.evidence).toEqual([
    ['for one', 'repo:acme/data:ref:refs/heads/'],
    ['assumed', "a job of arc's repository: repo:acme/data:* or repo:acme@*/data@*:*"],
    ['note', 'does not admit repo:acme@*/data@*:*'],
  ]);
  expect(asked).toEqual(Object.keys(documents));
});

it('says what it takes to look at roles where nothing names one', async () => {
  const stage = await openOidcStage();
  expect((await stage.look({}, { cluster: undefined })).map(({ state, saw }) => `${state} ${saw}`)).toEqual([
    'skipped needs: cluster',
    'skipped needs: cluster',
    'skipped no role is named: --service-account NAMESPACE/NAME, or aws.oidc in hotpass.yaml',
  ]);
  const [, , trust] = await stage.look({ roles: [{ role: 'deploy' }] });
  expect(trust?.saw).toBe('deploy: serviceAccount or githubSubject of aws.oidc says who is to take it on');
});

it('is as bad as the worst of several roles, and tells of the others beside it', async () => {
  const stage = await openOidcStage();
  stage.setRole('worker-role');
  const serviceAccount = 'hotpass/worker';
  const roles = ['worker-role', 'nobody'].map((role) => ({ role, serviceAccount }));
  const [, , trust] = await stage.look({ roles });
  expect(trust).toMatchObject({ state: 'failed', saw: 'the account has no role nobody' });
  expect(trust?.evidence).toContainEqual(['ok', `worker-role admits ${WORKER_SUBJECT}`]);
});

it('fails alone where one of the services does not answer', async () => {
  const stage = await openOidcStage();
  const ask = <T>(whom: string, put: (signal: AbortSignal) => Promise<T>) =>
    whom === 'IAM'
      ? Promise.reject(
          new HotpassError('aws-unreachable', 'IAM did not answer within 10 s', { hint: 'is the VPN up?' }),
        )
      : put(AbortSignal.timeout(5_000));
  const links = await stage.look({ serviceAccount: WORKER }, { ask, annotations: { [ROLE]: ARN } });
  expect(links.map(({ state }) => state)).toEqual(['failed', 'ok', 'failed']);
  expect(links[0]).toMatchObject({ code: 'aws-unreachable', evidence: [['try', 'is the VPN up?']] });
});

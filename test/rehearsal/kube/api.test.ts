import { createPublicKey, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import { ANN_USERNAME, ask, CLUSTER, makeToken, startCluster } from './cluster.ts';

const REVIEW = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const ACCESS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const ACCOUNTS = '/api/v1/namespaces/hotpass/serviceaccounts';

const rules = [
  { name: 'dataops', groups: ['dataops'], verbs: ['get', 'list'], resources: ['pods', 'serviceaccounts'] },
];
const objects = [
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: 'etl',
      namespace: 'hotpass',
      annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/etl' },
    },
  },
];

it('tells its version to who is known', async () => {
  const kubernetes = await startCluster();
  const { status, body } = await ask(kubernetes, '/version');
  expect(status).toBe(200);
  expect(body).toMatchObject({ major: '1', minor: '33', gitVersion: expect.stringMatching(/^v1\.33\./) });
});

it.each(['/livez', '/readyz', '/healthz'])('tells anybody at %s that it is well', async (path) => {
  const kubernetes = await startCluster();
  expect(await ask(kubernetes, path, { token: undefined })).toMatchObject({ status: 200, text: 'ok' });
});

it.each([
  ['nobody', '/version', undefined],
  ['a token that is none', '/livez', 'secret'],
  [
    'a signature that STS refuses',
    '/livez',
    makeToken((url) => url.searchParams.set('X-Amz-Credential', 'AKIDEVE/')),
  ],
])('answers 401 to %s', async (_, path, token) => {
  const kubernetes = await startCluster();
  const { status, body } = await ask(kubernetes, path, { token });
  expect(status).toBe(401);
  expect(body).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Unauthorized',
    reason: 'Unauthorized',
    code: 401,
  });
});

it('answers 401 to a role without an access entry, and keeps why', async () => {
  const kubernetes = await startCluster({ cluster: () => ({ ...CLUSTER, accessEntries: [] }) });
  expect(await ask(kubernetes, '/version')).toMatchObject({ status: 401 });
  expect(kubernetes.refusals()).toEqual([expect.stringContaining('AWSReservedSSO_DataOps_1a2b')]);
});

it('takes a token of another cluster for nobody', async () => {
  const kubernetes = await startCluster({ cluster: () => ({ ...CLUSTER, name: 'other' }) });
  expect(await ask(kubernetes, '/version')).toMatchObject({ status: 401 });
});

it('says who one is', async () => {
  const kubernetes = await startCluster();
  const { status, body } = await ask(kubernetes, REVIEW, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    status: { userInfo: { username: ANN_USERNAME, groups: ['dataops', 'system:authenticated'] } },
  });
});

it('knows no SelfSubjectReview before Kubernetes 1.28', async () => {
  const kubernetes = await startCluster({ cluster: () => ({ ...CLUSTER, version: '1.27' }) });
  expect(await ask(kubernetes, REVIEW, { body: {} })).toMatchObject({ status: 404 });
});

it.each([
  ['list pods', { verb: 'list', resource: 'pods', namespace: 'hotpass' }, true],
  ['delete pods', { verb: 'delete', resource: 'pods', namespace: 'hotpass' }, false],
  ['list secrets', { verb: 'list', resource: 'secrets' }, false],
  ['read logs', { verb: 'get', resource: 'pods', subresource: 'log', namespace: 'hotpass' }, false],
])('says whether one may %s', async (_, resourceAttributes, allowed) => {
  const kubernetes = await startCluster({ rules });
  const { status, body } = await ask(kubernetes, ACCESS, { body: { spec: { resourceAttributes } } });
  expect(status).toBe(201);
  expect(body).toMatchObject({ spec: { resourceAttributes }, status: { allowed } });
});

it.each([
  ['in the whole cluster', undefined, 'other', true],
  ['in its namespaces', ['hotpass'], 'hotpass', true],
  ['in no other', ['hotpass'], 'other', false],
])("lets one do what EKS's own policies allow, %s", async (_, namespaces, namespace, allowed) => {
  const [entry] = CLUSTER.accessEntries ?? [];
  const policies = [{ arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy', namespaces }];
  const kubernetes = await startCluster({
    cluster: () => ({ ...CLUSTER, accessEntries: entry === undefined ? [] : [{ ...entry, policies }] }),
  });
  const resourceAttributes = { verb: 'get', resource: 'pods', namespace };
  const { body } = await ask(kubernetes, ACCESS, { body: { spec: { resourceAttributes } } });
  expect(body.status.allowed).toBe(allowed);
});

it('refuses a review that asks for nothing', async () => {
  const kubernetes = await startCluster();
  expect(await ask(kubernetes, ACCESS, { body: { spec: {} } })).toMatchObject({
    status: 400,
    body: { kind: 'Status', reason: 'BadRequest' },
  });
});

it('answers 403 with what was not allowed', async () => {
  const kubernetes = await startCluster();
  const { status, body } = await ask(kubernetes, `${ACCOUNTS}/etl`);
  expect(status).toBe(403);
  expect(body).toMatchObject({
    status: 'Failure',
    reason: 'Forbidden',
    message: `serviceaccounts "etl" is forbidden: User "${ANN_USERNAME}" cannot get resource "serviceaccounts" in API group "" in the namespace "hotpass"`,
    details: { name: 'etl', kind: 'serviceaccounts' },
    code: 403,
  });
});

it('gives a service account with its annotations, and 404 for one that is not there', async () => {
  const kubernetes = await startCluster({ rules, objects });
  expect((await ask(kubernetes, `${ACCOUNTS}/etl`)).body.metadata).toMatchObject(objects[0]?.metadata ?? {});
  expect((await ask(kubernetes, ACCOUNTS)).body).toMatchObject({
    kind: 'ServiceAccountList',
    items: [{ metadata: { name: 'etl' } }],
  });
  expect(await ask(kubernetes, `${ACCOUNTS}/other`)).toMatchObject({
    status: 404,
    body: { reason: 'NotFound', message: 'serviceaccounts "other" not found' },
  });
});

it('makes a token for a service account, that its issuer vouches for', async () => {
  const maker = [
    { name: 'maker', groups: ['dataops'], verbs: ['create'], resources: ['serviceaccounts/token'] },
  ];
  const kubernetes = await startCluster({ rules: maker, objects });
  const { status, body } = await ask(kubernetes, `${ACCOUNTS}/etl/token`, {
    body: { spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 600 } },
  });
  expect(status).toBe(201);
  const [head = '', claims = '', signature = ''] = String(body.status.token).split('.');
  const { iss, sub, aud, exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  expect({ iss, sub, aud }).toEqual({
    iss: kubernetes.issuer,
    sub: 'system:serviceaccount:hotpass:etl',
    aud: ['sts.amazonaws.com'],
  });
  expect(exp - iat).toBe(600);
  const [key = {}] = kubernetes.keys();
  const signed = Buffer.from(`${head}.${claims}`);
  const publicKey = createPublicKey({ format: 'jwk', key });
  expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
});

it('says what it has, so that a client finds its way', async () => {
  const kubernetes = await startCluster();
  expect((await ask(kubernetes, '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  const { groups } = (await ask(kubernetes, '/apis')).body;
  for (const { preferredVersion } of groups) {
    const list = (await ask(kubernetes, `/apis/${preferredVersion.groupVersion}`)).body;
    expect(list.resources.length).toBeGreaterThan(0);
  }
  expect(await ask(kubernetes, '/apis/none.example/v1/things')).toMatchObject({ status: 403 });
});

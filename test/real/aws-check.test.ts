import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { portOf } from '../support/ports.ts';
import { checkLines } from './support/check-lines.ts';
import { openEksStage } from './support/eks-stage.ts';
import { errorOf } from './support/stage.ts';

const CHECK = ['aws', 'check', '--eks-cluster', 'hotpass-staging'];
const CONFIG = `version: 1
targets:
  staging:
    aws: { accounts: ["123456789012"], region: eu-west-1 }
    eks: { cluster: hotpass-staging, permissions: [create selfsubjectaccessreviews.authorization.k8s.io] }
`;

it.concurrent('says that all is well, and keeps it', async (t) => {
  const stage = await openEksStage(t);
  await writeFile(join(stage.project, 'hotpass.yaml'), CONFIG);
  const ended = await stage.hotpass(['aws', 'check']);
  t.expect(checkLines(ended)).toMatchInlineSnapshot(`
    "ok       credentials     keys of the environment, no end known
    ok       identity        arn:aws:iam::123456789012:user/operator
    ok       account         account 123456789012, cluster hotpass-staging allowed for staging; user
                             operator: any is allowed
    ok       region          eu-west-1 (hotpass.yaml:4:48)
    ok       cluster         hotpass-staging ACTIVE, 1.33, access by API entries and the aws-auth
                             ConfigMap, public endpoint
    ok       endpoint        localhost:PORT directly, TLS name verified
    ok       token           taken
    ok       review          arn:aws:iam::123456789012:user/operator, groups dataops
    ok       permissions     may create selfsubjectaccessreviews.authorization.k8s.io
    ok       access-entry    arn:aws:iam::123456789012:user/operator, STANDARD, groups dataops
    skipped  kubeconfig      no context leads to hotpass-staging (no kubeconfig file is there)
               to add it   aws eks update-kubeconfig --name hotpass-staging --region eu-west-1
    staging: nothing is broken   10 ok, 1 skipped"
  `);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const kept = join(stage.state, 'aws.json');
  expect((await stat(kept)).mode & 0o777).toBe(0o600);
  const [check] = JSON.parse(await readFile(kept, 'utf8')).checks;
  expect(check).toMatchObject({ target: 'staging', verdict: 'ok', identity: { account: '123456789012' } });

  const json = await stage.hotpass(['aws', 'check', '--json', '--dry-run']);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(json.stdout)).toMatchObject({ target: 'staging', verdict: 'ok', counts: { failed: 0 } });
  expect(JSON.parse(await readFile(kept, 'utf8')).checks[0].checkedAt).toBe(check.checkedAt);
});

it.concurrent('ends the question why one cannot reach the cluster', async (t) => {
  const stage = await openEksStage(t);
  stage.cloud.setCluster({ accessEntries: [{ principalArn: 'arn:aws:iam::123456789012:role/Other' }] });
  const ended = await stage.hotpass([...CHECK, '-n', 'default']);
  expect(ended.code).toBe(1);
  t.expect(checkLines(ended)).toMatchInlineSnapshot(`
    "ok       credentials     keys of the environment, no end known
    ok       identity        arn:aws:iam::123456789012:user/operator
    ok       account         account 123456789012, user operator, cluster hotpass-staging; target
                             staging allows any
    ok       region          eu-west-1 (AWS_REGION)
    ok       cluster         hotpass-staging ACTIVE, 1.33, access by API entries and the aws-auth
                             ConfigMap, public endpoint
    ok       endpoint        localhost:PORT directly, TLS name verified
    FAILED   token           Kubernetes answered 401: the cluster does not know this user
               you are     arn:aws:iam::123456789012:user/operator
               evidence    none of 1 access entries is for it
               evidence    the aws-auth ConfigMap may name roles too; it names them without their path
               ask for     aws eks create-access-entry --cluster-name hotpass-staging --region eu-west-1 --principal-arn arn:aws:iam::123456789012:user/operator
               next        hotpass aws check staging --eks-cluster hotpass-staging
    skipped  review          needs: token
    skipped  permissions     needs: token
    FAILED   access-entry    none of 1 access entries is for user operator
               see         token
    skipped  kubeconfig      no context leads to hotpass-staging (no kubeconfig file is there)
               to add it   aws eks update-kubeconfig --name hotpass-staging --region eu-west-1
    error: the cluster does not know the AWS role (401) [eks-role-not-mapped]   6 ok, 2 failed, 3 skipped"
  `);
  // What is broken is kept too, and nothing of it is secret.
  const kept = await readFile(join(stage.state, 'aws.json'), 'utf8');
  expect(JSON.parse(kept).checks[0]).toMatchObject({ verdict: 'failed', counts: { failed: 2 } });
  for (const secret of ['k8s-aws-v1', stage.aws.AWS_SECRET_ACCESS_KEY ?? '-'])
    expect(kept).not.toContain(secret);
});

it.concurrent('asks the metadata of an instance only where that is configured', async (t) => {
  const stage = await openEksStage(t);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.onTestFinished(() => void server.close());
  const env = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${portOf(server.address())}`,
  };
  const ended = await stage.hotpass(CHECK, { env });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toMatch(
    /^FAILED +credentials .*\n(?: {11}.*\n)*skipped +identity +needs: credentials$/m,
  );
  expect(ended.stdout).toContain('[credentials-missing]');
  expect(asked).toEqual([]);
});

it.concurrent('explains where each value comes from, and takes the options of the Python original', async (t) => {
  const stage = await openEksStage(t);
  await writeFile(join(stage.project, 'hotpass.yaml'), CONFIG);
  const explained = await stage.hotpass(['aws', 'check', '--explain', '--region', 'eu-west-1', '--json']);
  expect(JSON.parse(explained.stdout)).toContainEqual({
    name: 'eks-cluster',
    value: 'hotpass-staging',
    origin: expect.stringMatching(/hotpass\.yaml:5:/),
  });
  const older = ['--cluster', 'hotpass-staging', '--verify-kubeconfig', '--output', 'json'];
  const { code, stdout, stderr } = await stage.hotpass(['aws', 'check', ...older]);
  expect({ code, verdict: JSON.parse(stdout).verdict }).toEqual({ code: 0, verdict: 'ok' });
  expect(stderr).toBe('note: --verify-kubeconfig changes no file any more\n');
});

it.concurrent('asks nobody while the file with the results is damaged, and leaves it', async (t) => {
  const stage = await openEksStage(t);
  await mkdir(stage.state, { mode: 0o700 });
  await writeFile(join(stage.state, 'aws.json'), '{ "version": 9 }', { mode: 0o600 });
  const ended = await stage.hotpass([...CHECK, '--json']);
  expect(ended.code).toBe(2);
  expect(errorOf(ended)).toMatchObject({ code: 'state-invalid' });
  expect(stage.cloud.aws.calls()).toEqual([]);
  expect(await readFile(join(stage.state, 'aws.json'), 'utf8')).toBe('{ "version": 9 }');
});

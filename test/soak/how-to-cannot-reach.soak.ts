import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkLines } from '../real/support/check-lines.ts';
import { openEksStage } from '../real/support/eks-stage.ts';
import { blocksOf } from '../real/support/how-to.ts';
import { loginFile, START_URL } from '../support/aws-stand-in.ts';

const PAGE = 'docs/how-to/cannot-reach-the-cluster.md';
const HOUR_MS = 3_600_000;
const ACCOUNT = '123456789012';
const ROLE = 'AWSReservedSSO_DataOps';
const AWS_CONFIG = `[profile hotpass-staging]
sso_session = acme
sso_account_id = ${ACCOUNT}
sso_role_name = DataOps
[sso-session acme]
sso_start_url = ${START_URL}
sso_region = eu-west-1
`;
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/${name}`;

/** What is another at each run, as the page writes it. */
function asOnThePage(text: string): string {
  return text
    .replaceAll(/localhost:PORT/g, 'ABCD.gr7.eu-west-1.eks.amazonaws.com')
    .replaceAll(/until \d\d:\d\d \([^)]*\)/g, 'until 17:42 (59 min)')
    .replaceAll(/until \d{4}-\d\d-\d\d \d\d:\d\d \([^)]*\)/g, 'until 17:42 (59 min)')
    .replaceAll(/DataOps_[0-9a-f]{16}/g, 'DataOps_1a2b3c4d5e6f7a8b');
}

it('shows what the page shows, block by block', async (t) => {
  const stage = await openEksStage(t, 'localhost', {
    account: () => ({
      sso: {
        startUrl: START_URL,
        user: 'ann@acme.example',
        assignments: [{ account: ACCOUNT, permissionSet: 'DataOps' }],
        accessTokens: ['an-access-token'],
      },
    }),
  });
  const put = async (name: string, text: string) => {
    await mkdir(join(stage.home, name, '..'), { recursive: true });
    await writeFile(join(stage.home, name), text);
  };
  await put('.aws/config', AWS_CONFIG);
  const logIn = async (ms: number) => {
    for (const [name, text] of Object.entries(loginFile('acme', ms))) await put(name, text);
  };
  await logIn(HOUR_MS);
  const [config = ''] = await blocksOf(PAGE, 'yaml');
  await writeFile(join(stage.project, 'hotpass.yaml'), config);
  const env = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_REGION: undefined };
  const told: string[] = [];
  const check = async () => {
    const ended = await stage.hotpass(['aws', 'check', 'staging'], { env });
    told.push(`$ hotpass aws check staging\n${asOnThePage(checkLines(ended))}\n`);
    return ended;
  };
  const { stdout } = await stage.hotpass(['aws', 'check', 'staging', '--json'], { env });
  const { arn } = JSON.parse(stdout).identity;
  const [, own = ''] = /assumed-role\/([^/]+)\//.exec(arn) ?? [];
  expect(own).toMatch(new RegExp(`^${ROLE}_`));

  const { setCluster, kubernetes } = stage.cloud;
  const entry = {
    principalArn: roleArn(own),
    policies: [{ arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy' }],
  };
  setCluster({ authenticationMode: 'API', isPublic: false, isPrivate: true, accessEntries: [entry] });
  kubernetes.setAway(true);
  await check();
  kubernetes.setAway(false);
  setCluster({ accessEntries: [{ principalArn: roleArn(`${ROLE}_9f8e7d6c5b4a3f2e`) }] });
  await check();
  setCluster({ accessEntries: [entry] });
  await check();
  await logIn(-HOUR_MS);
  await check();
  const shown = await blocksOf(PAGE, 'console');
  expect(told).toEqual(shown);
});

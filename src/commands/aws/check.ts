import { defineCommand } from '../../command.ts';
import { createChoices } from '../../config/choose.ts';
import { placeOptions } from './place-options.ts';

/** Checks the way from the credentials to the cluster. */
export const awsCheck = defineCommand({
  path: 'aws check',
  summary: 'Say which link to the account and the cluster is broken, and what to type',
  details: [
    'Looks at each link from the credentials to the pods, side by side, and changes nothing: credentials (which provider, which profile, until when), identity (STS), account, role and cluster allowed by the config, region, cluster (DescribeCluster), endpoint (name, TCP, TLS; through the `eks` forward of a session that is up, else directly), token (401 told apart from 403), review (who one is for Kubernetes), permissions (`eks.permissions` of the config), access-entry, kubeconfig, and with `--verify-oidc` the IAM provider, the issuer and the trust policies of roles that are taken on by web identity. Neither the AWS CLI nor kubectl is needed.',
    'Each link is ok, FAILED or skipped, with what was seen and what to type next. What the credentials may not ask is skipped, never failed; what needs a broken link names it. Exits 1 when a link is broken. The result is kept in `.hotpass/aws.json`, with the time, also when a later link was broken; it holds nothing secret.',
  ],
  positionals: {
    target: { type: 'string', describe: 'Target of hotpass.yaml', complete: 'target', fallback: 'staging' },
  },
  options: {
    ...placeOptions,
    eksCluster: {
      type: 'string',
      describe: 'EKS cluster',
      value: 'NAME',
      aliases: ['cluster'],
      fallback: 'eks.cluster of the config',
      variable: 'HOTPASS_EKS_CLUSTER',
    },
    namespace: {
      type: 'string',
      short: 'n',
      describe: 'Namespace that permissions are asked for',
      value: 'NAME',
      fallback: 'eks.namespace of the config',
    },
    verifyOidc: { type: 'boolean', describe: 'Check the roles that are taken on by web identity too' },
    serviceAccount: {
      type: 'string',
      describe: 'With --verify-oidc: service account whose role is checked',
      value: '[NAMESPACE/]NAME',
    },
    kubeconfig: {
      type: 'string',
      describe: 'Kubeconfig file to compare with the cluster',
      value: 'FILE',
      complete: 'file',
      fallback: 'KUBECONFIG, or ~/.kube/config',
    },
    timeout: { type: 'duration', describe: 'How long to wait for answers, all in all', fallback: '10s' },
    kubeContext: { type: 'string', describe: 'Context of the kubeconfig file', value: 'NAME', hidden: true },
    verifyKubeconfig: { type: 'boolean', describe: 'Compares the kubeconfig entry, as always', hidden: true },
    output: {
      type: 'string',
      describe: 'Format, older form of --json',
      choices: ['text', 'json'],
      hidden: true,
    },
    dryRun: { type: 'boolean', describe: 'Does not keep the result', hidden: true },
  },
  guard: { why: 'changes nothing; says itself what the target allows' },
  examples: [
    ['hotpass aws check', 'Say whether one can work here, and if not, what to type'],
    ['hotpass aws check prod --profile prod-readonly', 'Check another target with another profile'],
    ['hotpass aws check --eks-cluster hotpass-staging --verify-oidc --json', 'Feed all of it to a script'],
  ],
  async run(args, sys) {
    const [{ loadConfig }, { requestCheck }, { runCheck }, { renderCheck }, keeping] = await Promise.all([
      import('../../config/load.ts'),
      import('../../ops/aws/check/request.ts'),
      import('../../ops/aws/check/run.ts'),
      import('./render-check.ts'),
      import('../../ops/aws/check/keep.ts'),
    ]);
    const config = await loadConfig(sys, args);
    const choices = createChoices();
    const wish = requestCheck(args, config, choices);
    if (args.explain) {
      const { renderChoices } = await import('../net/render-up.ts');
      sys.out.result(choices.chosen, renderChoices);
      return 0;
    }
    for (const warning of config.warnings) sys.out.warn(warning);
    if (args.verifyKubeconfig) sys.out.note('--verify-kubeconfig changes no file any more');
    await keeping.readKept(wish.stateDir);
    const result = await runCheck(sys, wish);
    if (!args.dryRun) await keeping.keepCheck(sys, wish.stateDir, result);
    const isJson = args.output === 'json';
    sys.out.result(result, (value, style) =>
      isJson ? JSON.stringify(value, null, 2) : renderCheck(value, style),
    );
    return result.verdict === 'ok' ? 0 : 1;
  },
});

import { defineCommand } from '../../command.ts';
import { HotpassError } from '../../errors.ts';

/** Prints a token for the Kubernetes API of an EKS cluster. */
export const awsToken = defineCommand({
  path: 'aws token',
  summary: 'Print a token for an EKS cluster, as kubectl asks for it',
  details: [
    'An exec plugin for kubeconfig files, in place of `aws eks get-token`: it prints an ExecCredential in the version that KUBERNETES_EXEC_INFO asks for, v1beta1 where nobody asks. The token is a question to STS, signed and not sent; the cluster sends it to learn who one is. It is good for 14 minutes, and never longer than the credentials that signed it.',
    'Credentials and region are those of the flags, the environment and the AWS config files. Neither hotpass.yaml nor `.env` is read: kubectl calls this from any folder. Nobody is asked anything.',
    'A token is kept until a minute before its end, in a file of the user alone: `$XDG_STATE_HOME/hotpass/eks-tokens`, never in a project. It is given again to the same command line with the same AWS variables, as long as the AWS config files and the logins of IAM Identity Center are as they were. Where credentials come from a container, an instance, or a program that does not say when they end, nothing is kept. `--no-cache` neither reads nor writes it.',
    'stdout is a secret. Errors go to stderr, and then stdout is empty.',
  ],
  options: {
    eksCluster: {
      type: 'string',
      describe: 'Name of the EKS cluster, or the id of one on an Outpost',
      value: 'NAME',
      aliases: ['cluster', 'cluster-name'],
    },
    region: { type: 'string', describe: 'AWS region', value: 'REGION', variable: 'AWS_REGION' },
    profile: { type: 'string', describe: 'AWS profile', value: 'PROFILE', variable: 'AWS_PROFILE' },
    roleArn: { type: 'string', describe: 'Role that signs in place of the caller', value: 'ARN' },
    cache: { type: 'boolean', describe: 'Keep the token for the next call', fallback: 'yes' },
  },
  guard: { why: 'changes nothing, and knows no target' },
  examples: [
    ['hotpass aws token --eks-cluster hotpass-staging', 'Print a token'],
    [
      'hotpass aws token --eks-cluster hotpass-staging --region eu-west-1 --profile staging',
      'The same from any shell; as `command` and `args` of a user in a kubeconfig file',
    ],
  ],
  async run(args, sys) {
    if (args.target !== undefined || args.config !== undefined) throw noConfig();
    const { giveToken } = await import('../../ops/aws/token/give-token.ts');
    const { eksCluster: cluster, region, profile, roleArn } = args;
    const wish = { cluster, region, profile, roleArn };
    const credential = await giveToken(sys, wish, args.cache !== false);
    sys.out.result(credential, (answer) => JSON.stringify(answer));
    return 0;
  },
});

function noConfig(): HotpassError {
  return new HotpassError('usage', 'aws token reads no config, so it knows no target', {
    hint: 'hotpass aws token --eks-cluster NAME --region REGION --profile PROFILE',
  });
}

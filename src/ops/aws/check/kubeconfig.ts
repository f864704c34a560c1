import { HotpassError } from '../../../errors.ts';
import { shellWord } from '../../../shell-words.ts';
import { compareContext, leadsTo, type WantedCluster, waitsForForward } from '../../kube/compare-context.ts';
import type { KubeContext, Kubeconfig } from '../../kube/kubeconfig.ts';
import type { Answer } from './answer.ts';
import { failed, judgeAnswer, ok, skipped } from './judge.ts';
import type { LinkResult } from './link.ts';
import type { CheckWords } from './words.ts';

/** Judges whether the kubeconfig entry for a cluster agrees with it. `wanted` is a context by name, where one is. Pure. */
export function judgeKubeconfig(
  answer: Answer<Kubeconfig>,
  cluster: WantedCluster | undefined,
  wanted: string | undefined,
  before: readonly LinkResult[],
  { awsFlags, up }: CheckWords,
): LinkResult {
  if (answer.kind === 'got' && cluster === undefined)
    return judgeAnswer('kubeconfig', { kind: 'unasked' }, before, none);
  return judgeAnswer('kubeconfig', answer, before, (kubeconfig) => {
    if (cluster === undefined) return none();
    const update = `aws eks update-kubeconfig --name ${cluster.name} ${awsFlags}${aliasFlag(wanted)}`;
    const where = kubeconfig.files.length === 0 ? 'no kubeconfig file is there' : kubeconfig.files.join(', ');
    const context = chooseContext(kubeconfig, cluster, wanted);
    if (context === undefined) {
      const what =
        wanted === undefined ? `no context leads to ${cluster.name}` : `there is no context ${wanted}`;
      return skipped('kubeconfig', `${what} (${where})`, { evidence: [['to add it', update]] });
    }
    const { differences, notes } = compareContext(context, cluster);
    const isCurrent = kubeconfig.currentContext === context.name;
    const shown = `context ${context.name} of ${context.file}`;
    const facts = { context: context.name, file: context.file, isCurrent, differences, notes };
    const evidence = [
      ...differences.map((text) => ['differs', text] as const),
      ...notes.map((text) => ['note', text] as const),
      ...(isCurrent || kubeconfig.currentContext === undefined
        ? []
        : [['note', `current-context is another one, ${kubeconfig.currentContext}`] as const]),
    ];
    if (differences.length === 0)
      return ok('kubeconfig', `${shown} agrees`, { facts, ...(evidence.length === 0 ? {} : { evidence }) });
    const message = `${shown} leads elsewhere: ${differences.length} difference${differences.length === 1 ? '' : 's'}`;
    return failed(
      'kubeconfig',
      new HotpassError('kubeconfig-differs', message, { hint: mend(context, cluster, update, up) }),
      {
        evidence,
        facts,
      },
    );
  });
}

function chooseContext(
  { contexts, currentContext }: Kubeconfig,
  cluster: WantedCluster,
  wanted: string | undefined,
): KubeContext | undefined {
  if (wanted !== undefined) return contexts.find(({ name }) => name === wanted);
  const leading = contexts.filter((context) => leadsTo(context, cluster));
  return leading.find(({ name }) => name === currentContext) ?? leading[0];
}

/** update-kubeconfig would lead an entry for a forward back to the endpoint, also while the forward is down. */
function mend(context: KubeContext, cluster: WantedCluster, update: string, up: string): string {
  const { server, clusterName, file } = context;
  const { forward, endpoint } = cluster;
  if (waitsForForward(context, cluster)) return up;
  if (forward === undefined || server?.includes(endpoint.hostname))
    return `${update} --kubeconfig ${shellWord(file)}`;
  const flags = `--server=https://${forward.host}:${forward.port} --tls-server-name=${endpoint.hostname}`;
  return `kubectl config set-cluster ${shellWord(clusterName)} ${flags} --kubeconfig ${shellWord(file)}`;
}

/** Without it the entry is named by the ARN of the cluster, and the context that was looked for is still not there. */
function aliasFlag(wanted: string | undefined): string {
  return wanted === undefined ? '' : ` --alias ${shellWord(wanted)}`;
}

function none(): LinkResult {
  return skipped('kubeconfig', 'needs: cluster');
}

import { HotpassError } from '../../../errors.ts';
import { awsStore, noteCheck, type RecordedCheck } from '../../../state/aws.ts';
import type { System } from '../../../system.ts';
import type { CheckResult } from './result.ts';

/** Looks whether `aws.json` can be read, before anybody is asked anything. Throws `state-invalid`. */
export async function readKept(folder: string): Promise<void> {
  await awsStore.read(folder);
}

/** Keeps a check in `aws.json`. That it cannot be kept changes no verdict: it is a warning. */
export async function keepCheck(sys: System, folder: string, result: CheckResult): Promise<void> {
  try {
    await awsStore.update(sys, folder, (state) => noteCheck(state, recordOf(result)));
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    sys.out.warn(`the result was not kept: ${error.message}`);
  }
}

function recordOf(result: CheckResult): RecordedCheck {
  const links = result.links.map(({ evidence, ...link }) => ({
    ...link,
    ...(evidence === undefined ? {} : { evidence: evidence.map((row) => [...row]) }),
  }));
  return { ...result, cluster: result.cluster && { ...result.cluster }, links };
}

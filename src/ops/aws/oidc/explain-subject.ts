import { withoutIds } from './token-claims.ts';

/** Says in what a subject differs from those that a policy wants; undefined where they have nothing in common. */
export function explainSubject(subject: string, wanted: readonly string[]): string | undefined {
  for (const value of wanted) {
    const found = explainServiceAccount(subject, value) ?? explainGithub(subject, value);
    if (found !== undefined) return found;
  }
  return undefined;
}

const SERVICE_ACCOUNT = /^system:serviceaccounts?:([^:]+):([^:]+)$/;

function explainServiceAccount(subject: string, wanted: string): string | undefined {
  const own = SERVICE_ACCOUNT.exec(subject);
  if (own === null) return undefined;
  if (wanted.startsWith('system:serviceaccounts:'))
    return 'a subject begins with system:serviceaccount, without an s';
  const other = SERVICE_ACCOUNT.exec(wanted);
  if (other === null) return 'a subject is system:serviceaccount:NAMESPACE:NAME';
  const [, namespace, name] = own;
  if (other[2] === name)
    return `the policy wants namespace ${other[1]}, and the service account is in ${namespace}`;
  if (other[1] === namespace) return `the policy wants service account ${other[2]}, and it is ${name}`;
  return `the policy wants service account ${other[1]}/${other[2]}, and it is ${namespace}/${name}`;
}

const GITHUB = /^repo:([^:]+)(?::([^:]+)(?::(.*))?)?$/;

function explainGithub(subject: string, wanted: string): string | undefined {
  const own = GITHUB.exec(subject);
  const other = GITHUB.exec(wanted);
  if (own === null) return undefined;
  if (other === null) return 'a subject is repo:OWNER/NAME:ref:REF, …:environment:NAME or …:pull_request';
  const [, repository, kind, value] = own;
  const [names = '', wantedNames = ''] = [repository, other[1]];
  if (names !== wantedNames && withoutIds(names) === withoutIds(wantedNames))
    return explainIds(names, wantedNames);
  if (repository !== other[1]) return `the policy wants repository ${other[1]}, and it is ${repository}`;
  if (other[2] === undefined) return `behind repo:${repository} a subject goes on; :* takes all of them`;
  if (other[2] === 'ref' && kind === 'environment')
    return 'a job with an environment has that in its subject, in place of the ref';
  if (other[2] === 'environment' && kind === 'ref')
    return 'only a job with "environment:" has that in its subject, in place of the ref';
  if (kind === 'ref' && other[2] === 'ref' && !/^refs\//.test(other[3] ?? ''))
    return 'a ref is written in full, as refs/heads/main';
  if (kind === other[2]) return `the policy wants ${kind} ${other[3]}, and it is ${value}`;
  return `the policy wants a job of ${other[2]}, and it is one of ${kind}`;
}

function explainIds(names: string, wanted: string): string {
  if (!wanted.includes('@'))
    return 'the subject has the ids of owner and repository (OWNER@ID/NAME@ID), as of repositories made since July 2026';
  if (!names.includes('@'))
    return `the policy wants ids (${wanted}), as in subjects of repositories made since July 2026`;
  return `the policy wants repository ${wanted}, and it is ${names}`;
}

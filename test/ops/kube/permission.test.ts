import { expect, it } from 'vitest';
import { readPermission } from '../../../src/ops/kube/permission.ts';

it.each([
  [
    'get pods',
    'hotpass',
    { verb: 'get', group: '', resource: 'pods', namespace: 'hotpass', text: 'get pods in hotpass' },
  ],
  ['get pods', undefined, { namespace: undefined, text: 'get pods' }],
  ['get pods in arc', 'hotpass', { namespace: 'arc', text: 'get pods in arc' }],
  ['create pods/exec', 'a', { resource: 'pods', subresource: 'exec' }],
  ['patch deployments/scale', 'a', { group: 'apps', resource: 'deployments', subresource: 'scale' }],
  [
    'list ephemeralrunners.actions.github.com',
    'a',
    { group: 'actions.github.com', resource: 'ephemeralrunners' },
  ],
  ['list nodes', 'a', { group: '', resource: 'nodes', namespace: undefined, text: 'list nodes' }],
  [
    'list clusterroles.rbac.authorization.k8s.io',
    'a',
    { group: 'rbac.authorization.k8s.io', namespace: undefined },
  ],
  ['* *', undefined, { verb: '*', group: '*', resource: '*' }],
] as const)('reads %j in namespace %s', (text, namespace, wanted) => {
  expect(readPermission(text, namespace)).toMatchObject(wanted);
});

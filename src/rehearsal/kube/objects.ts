import type { Wanted } from './authorize.ts';
import type { KindRow } from './kinds.ts';
import { type KubeReply, notFound } from './status.ts';

/** An object of the API as it is kept. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
  };
  readonly [field: string]: unknown;
}

const CREATED_AT = '2026-01-01T00:00:00Z';

/** What each cluster has from its beginning. */
export const FIRST_OBJECTS: readonly KubeObject[] = ['default', 'kube-system', 'kube-public'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
}));

type WantedResource = Wanted & { readonly kind: 'resource' };

/** Finds the one object that is wanted. */
export function findObject(
  objects: readonly KubeObject[],
  row: KindRow,
  wanted: WantedResource,
): KubeObject | undefined {
  return objectsOf(objects, row, wanted.namespace).find(({ metadata }) => metadata.name === wanted.name);
}

/** Answers `get` and `list` of any kind. */
export function readObjects(objects: readonly KubeObject[], row: KindRow, wanted: WantedResource): KubeReply {
  if (wanted.name === undefined) {
    const items = objectsOf(objects, row, wanted.namespace).map(shown);
    const body = {
      kind: `${row.kind}List`,
      apiVersion: apiVersionOf(row),
      metadata: { resourceVersion: '1000' },
      items,
    };
    return { status: 200, body };
  }
  const found = findObject(objects, row, wanted);
  return found === undefined ? notFound(wanted) : { status: 200, body: shown(found) };
}

/** Gives the id of an object, which it has even where nobody gave it one. */
export function uidOf({ kind, metadata }: KubeObject): string {
  const seed = Buffer.from(`${kind}/${metadata.namespace ?? ''}/${metadata.name}`)
    .toString('hex')
    .padEnd(12, '0');
  return metadata.uid ?? `00000000-0000-4000-8000-${seed.slice(-12)}`;
}

/** Gives the version that objects of a kind say they have: with the group in front, where it has a name. */
export function apiVersionOf({ group, version }: KindRow): string {
  return group === '' ? version : `${group}/${version}`;
}

function objectsOf(
  objects: readonly KubeObject[],
  row: KindRow,
  namespace: string | undefined,
): KubeObject[] {
  return objects.filter(
    ({ kind, apiVersion, metadata }) =>
      kind === row.kind &&
      apiVersion === apiVersionOf(row) &&
      (namespace === undefined || metadata.namespace === namespace),
  );
}

function shown(object: KubeObject): KubeObject {
  const metadata = {
    ...object.metadata,
    uid: uidOf(object),
    resourceVersion: '1000',
    creationTimestamp: CREATED_AT,
  };
  return { ...object, metadata };
}

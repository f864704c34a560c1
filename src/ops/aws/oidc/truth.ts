/** What can be said of a condition: `maybe` is what cannot be judged from here, and is never taken for `yes`. */
export type Truth = 'yes' | 'no' | 'maybe';

export function truthOf(isSo: boolean): Truth {
  return isSo ? 'yes' : 'no';
}

/** Says whether all are so. */
export function allOf(parts: readonly Truth[]): Truth {
  if (parts.includes('no')) return 'no';
  return parts.includes('maybe') ? 'maybe' : 'yes';
}

/** Says whether any is so. */
export function anyOf(parts: readonly Truth[]): Truth {
  if (parts.includes('yes')) return 'yes';
  return parts.includes('maybe') ? 'maybe' : 'no';
}

export function notSo(truth: Truth): Truth {
  return truth === 'maybe' ? 'maybe' : truthOf(truth === 'no');
}

const [FIRST, STEP, LAST] = [3, 2, 0xffff_ffff];

/** Gives the id of the next stream: odd numbers from 3, and from there again behind the last one. */
export function nextStreamId(last: number | undefined, isTaken: (id: number) => boolean): number {
  let id = last ?? LAST;
  do {
    id = id === LAST ? FIRST : id + STEP;
  } while (isTaken(id));
  return id;
}

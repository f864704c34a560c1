/** Makes a function that is run at most once: whoever calls again gets what the first call gave, or threw. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Reads JSON; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever sent it gets told in the protocol's own way.
    return undefined;
  }
}

/** Gives a member of an unknown thing. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Gives a member that is a text. */
export function textAt(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}

/** Gives a member that is a list; an empty one when it is not. */
export function listAt(value: unknown, name: string): readonly unknown[] {
  const found = member(value, name);
  return Array.isArray(found) ? found : [];
}

/** Gives the texts of a member that is a list. */
export function textsAt(value: unknown, name: string): readonly string[] {
  return listAt(value, name).filter((one) => typeof one === 'string');
}

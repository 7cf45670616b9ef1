/** The fields that have a value; the others are left out. */
export type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** Without the fields that are `null` or `undefined`. */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as Present<T>;
}

import { createRequire } from 'node:module';

/**
 * Makes the value at the first call and hands out the same one ever after. If making it throws, the next call tries
 * again.
 */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/**
 * Loads a module at the first call, so that programs that never need it do not pay for it.
 * @param from `import.meta.url` of the caller: relative ids and dependencies resolve from there
 */
export function lazyRequire<T>(moduleId: string, from: string): () => T {
  return lazy(() => {
    const loaded: unknown = createRequire(from)(moduleId);
    return loaded as T;
  });
}

/** First number that the host gives to the users of unprivileged containers. */
const firstNumber = 100_000;

/**
 * A user of an unprivileged container as its host sees it: user 0 inside is 100000 outside, user 1000 is 101000. For owners of folders that
 * are mounted into the container. The group has the user's number unless given.
 */
export function unprivilegedOwner(uid: number, gid: number = uid): { readonly uid: number; readonly gid: number } {
  return { uid: firstNumber + uid, gid: firstNumber + gid };
}

/**
 * The node's time. A desk's own clock may be wrong, and nobody would see it: deadlines are the node's, so every time
 * on the desk is told by what the node says of its clock, and a desk that differs is told so.
 */

/** A difference below this is that of the way there and back, or of two clocks that are kept. */
const KEPT_MS = 1_000;
/** An answer that was this long under way says too little of its time. */
const SLOW_MS = 3_000;

let offset = 0;

/** Return the present by the node's clock, as far as it was heard; in milliseconds of Unix time. */
export const now = (): number => Date.now() + offset;

/** Take in what the node said of its time in an answer that was asked for at `asked`; return by how much this machine's clock is ahead. */
export function told(at: string, asked: number): number {
  const ended = Date.now();
  const found = Date.parse(at) - (asked + ended) / 2;
  if (ended - asked < SLOW_MS && Math.abs(found - offset) > KEPT_MS) offset = Math.abs(found) > KEPT_MS ? found : 0;
  return -offset;
}

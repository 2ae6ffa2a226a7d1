import { LineDown, Superseded } from "./api";

const RETRY_MS = 2_000;
/** A feed rests this many times as long as its last fetch took: a busy node is not asked without a pause. */
const REST = 2;

/**
 * One thing that is fetched again whenever it has become old: at once after a pause, then never more often than `pause`
 * allows, never twice at a time, and once for any number of events that came meanwhile.
 */
export class Feed {
  #old = false;
  #busy = false;
  #timer = 0;
  #rests = 0;
  #abort: AbortController | null = null;

  constructor(
    readonly take: (signal: AbortSignal) => Promise<void>,
    readonly taken: () => void,
    readonly pause: number,
    /** How long after the first of several events it asks: long enough to ask once for a burst. */
    readonly gather: number,
  ) {}

  /** It is old: fetch it soon. With `anew` a fetch on its way is given up, since what it asks is wanted no more. */
  soon(anew = false): void {
    this.#old = true;
    if (anew) this.#abort?.abort();
    if (this.#busy) return;
    if (anew && this.#timer !== 0) {
      clearTimeout(this.#timer);
      this.#timer = 0;
    }
    if (this.#timer === 0) this.#wait(anew ? 0 : this.gather);
  }

  #wait(ms: number): void {
    this.#timer = window.setTimeout(() => void this.#fetch(), Math.max(ms, this.#rests - performance.now()));
  }

  async #fetch(): Promise<void> {
    this.#timer = 0;
    this.#busy = true;
    this.#old = false;
    const begun = performance.now();
    this.#abort = new AbortController();
    let wait = this.gather;
    try {
      await this.take(this.#abort.signal);
      this.taken();
      this.#rests = performance.now() + Math.max(this.pause, REST * (performance.now() - begun));
    } catch (fault) {
      if (!(fault instanceof LineDown || fault instanceof Superseded)) throw fault;
      this.#old = true;
      this.#rests = 0;
      wait = fault instanceof LineDown ? RETRY_MS : 0;
    } finally {
      this.#busy = false;
      this.#abort = null;
      if (this.#old) this.#wait(wait);
    }
  }
}

import { get, LineDown, Refusal, Superseded } from "./api";
import { live } from "./live.svelte";

/** What a view asks of its own, fetched anew whenever the node's picture changes; the last answer stays while it is asked. */
export class Fetched<T> {
  value = $state.raw<T | null>(null);
  fault = $state("");

  constructor(path: () => string) {
    let asked = "";
    let busy: AbortController | null = null;
    $effect(() => {
      void live.changes;
      const wanted = path();
      // The same is asked twice at one time by nobody: the next change asks again.
      if (busy !== null && wanted === asked && wanted !== "") return;
      busy?.abort();
      asked = wanted;
      if (wanted === "") return;
      const mine = (busy = new AbortController());
      void get<T>(wanted, mine.signal)
        .then(
          (found) => {
            this.value = found;
            this.fault = "";
          },
          (fault: unknown) => {
            if (fault instanceof Refusal) this.fault = fault.message;
            else if (!(fault instanceof LineDown || fault instanceof Superseded)) throw fault;
          },
        )
        .finally(() => {
          if (busy === mine) busy = null;
        });
    });
    $effect(() => () => busy?.abort());
  }
}

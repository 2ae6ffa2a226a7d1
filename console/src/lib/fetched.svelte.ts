import { get, LineDown, Refusal } from "./api";
import { live } from "./live.svelte";

/** What a view asks of its own, fetched anew whenever the node's picture changes; the last answer stays while it is asked. */
export class Fetched<T> {
  value = $state.raw<T | null>(null);
  fault = $state("");

  constructor(path: () => string) {
    $effect(() => {
      void live.changes;
      const wanted = path();
      if (wanted === "") return;
      void get<T>(wanted).then(
        (found) => {
          if (wanted === path()) {
            this.value = found;
            this.fault = "";
          }
        },
        (fault: unknown) => {
          if (fault instanceof Refusal) this.fault = fault.message;
          else if (!(fault instanceof LineDown)) throw fault;
        },
      );
    });
  }
}

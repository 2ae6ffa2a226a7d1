import { LineDown, Refusal, Superseded } from "./api";
import { ms } from "./drawn";
import { text } from "./notice";
import { outlines, type Polygons } from "./outline";
import type { NoticeFile } from "./shapes";

export interface BesideVolume {
  number: number;
  polygons: Polygons;
  lower: string;
  upper: string;
  from: number;
  to: number;
}

/** What is shown beside a notice as it stands: the volumes of a proposal, in map, timeline and heights at once. */
class Beside {
  /** `PARTY REFERENCE` of the notice, or nothing. */
  key = $state("");
  volumes = $state.raw<readonly BesideVolume[]>([]);
  #asked: AbortController | null = null;

  /** Show a proposal beside the notice of this name. */
  async show(key: string, file: NoticeFile): Promise<void> {
    this.#asked?.abort();
    const mine = (this.#asked = new AbortController());
    try {
      const drawn = await outlines(file.features, mine.signal);
      if (mine.signal.aborted) return;
      this.key = key;
      this.volumes = file.features.map((f, n) => ({
        number: n, polygons: drawn[n] ?? [], lower: text(f, "lower"), upper: text(f, "upper"), from: ms(text(f, "start")), to: ms(text(f, "end")),
      }));
    } catch (fault) {
      // What cannot be drawn stays in the table of before and after.
      if (!(fault instanceof Superseded || fault instanceof LineDown || fault instanceof Refusal)) throw fault;
    }
  }

  nothing(): void {
    this.#asked?.abort();
    this.key = "";
    this.volumes = [];
  }
}

export const beside = new Beside();

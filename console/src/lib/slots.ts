import { toPoint } from "mgrs";
import { instant, readable, timed } from "./draft.svelte";
import { parsePosition } from "./notice";
import type { Phrase } from "./shapes";

/** Return a slot's value as the node takes it, or nothing while what was typed cannot be read. */
export function slotValue(type: Phrase["slots"][number]["type"], typed: string): unknown {
  const given = typed.trim();
  if (given === "") return null;
  switch (type) {
    case "place":
      return parsePosition(given, (grid) => toPoint(grid));
    case "time":
      return timed(given) ? instant(given) : null;
    case "count":
      return /^\d{1,9}$/.test(given) ? Number(given) : null;
    case "height":
      return readable(given) ? given : null;
    default:
      return given;
  }
}

export const SLOT_EXAMPLES: Record<string, string> = { time: "22 2320Z", place: "37SDU 328 225", height: "3000 ft AMSL" };

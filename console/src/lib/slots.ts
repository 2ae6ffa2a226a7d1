import { toPoint } from "mgrs";
import { instant, readable, timed } from "./draft.svelte";
import { degreesMinutes, grid, zulu } from "./format";
import { isolated, t, word } from "./i18n.svelte";
import { parsePosition } from "./notice";
import type { Phrase, SaidPhrase } from "./shapes";

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

/** Return in words why what was typed into a slot cannot be taken; nothing where it can, or where nothing was typed. */
export function slotWrong(type: Phrase["slots"][number]["type"], typed = ""): string {
  if (typed.trim() === "" || slotValue(type, typed) !== null) return "";
  return t(({ place: "place.unread", time: "time.wrong", height: "height.wrong" } as const)[type as "place"] ?? "count.wrong");
}

export const SLOT_EXAMPLES: Record<string, string> = { place: "37SDU 328 225", height: "3000 ft AMSL" };

const NO_BREAK = "\u00a0";
/** A place as the node writes it: in a slot with letters, in a notice's read-back bare, latitude first. */
const DEGREES = /^(-?[\d.]+)(?:([NS]) |(?<=\.\d{5}), )(-?[\d.]+)([EW]?)$/;

/** Return a slot's value, which the node writes exactly and in one form for all, as officers read times and positions. */
export function slotShown(value: string, withGrid = false): string {
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return zulu(value, true);
  const [, lat, south, lon, west] = DEGREES.exec(value) ?? [];
  if (lat === undefined) return value;
  const at = [Number(lon) * (west === "W" ? -1 : 1), Number(lat) * (south === "S" ? -1 : 1)] as const;
  return withGrid ? `${degreesMinutes(at)} (${grid(at)})`.replaceAll(" ", NO_BREAK) : degreesMinutes(at);
}

/** Return a phrase's text with its slots as officers read them; nothing where its words are not known here. */
export function phraseText(phrase: SaidPhrase): string | null {
  return phrase.text && phrase.slots.reduce((text, { value }) => text.replaceAll(value, slotShown(value)), phrase.text);
}

/**
 * Return both sides of a difference: as officers read them where they differ so too, else exactly; words of closed lists
 * in their language. What was filed is read first, also from right to left: it stands in no island as a whole.
 */
export function differing(said: string, read: string, what = ""): string {
  const [one, other] = [said, read].map((value) => word(what, slotShown(value, true)));
  return [one === other ? said : one, one === other ? read : other].map((side) => isolated(side ?? "")).join(` ≠${NO_BREAK}`);
}

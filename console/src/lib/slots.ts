import { toPoint } from "mgrs";
import { instant, readable, timed } from "./draft.svelte";
import { degreesMinutes, zulu } from "./format";
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

export const SLOT_EXAMPLES: Record<string, string> = { place: "37SDU 328 225", height: "3000 ft AMSL" };

const DEGREES = /^([\d.]+)([NS]) ([\d.]+)([EW])$/;

/** Return a slot's value, which the node writes exactly and in one form for all, as officers read times and positions. */
export function slotShown(value: string): string {
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return zulu(value, true);
  const [, lat, south, lon, west] = DEGREES.exec(value) ?? [];
  return lat === undefined ? value : degreesMinutes([Number(lon) * (west === "W" ? -1 : 1), Number(lat) * (south === "S" ? -1 : 1)]);
}

/** Return a phrase's text with its slots as officers read them; nothing where its words are not known here. */
export function phraseText(phrase: SaidPhrase): string | null {
  return phrase.text && phrase.slots.reduce((text, { value }) => text.replaceAll(value, slotShown(value)), phrase.text);
}

/** Return both sides of a difference: as officers read them where they differ so too, else exactly. */
export function differing(said: string, read: string): string {
  const [one, other] = [slotShown(said), slotShown(read)];
  return one === other ? `${said} ≠ ${read}` : `${one} ≠ ${other}`;
}

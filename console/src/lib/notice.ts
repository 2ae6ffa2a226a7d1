import type { Feature, Notice, NoticeFile } from "./shapes";

type Position = [number, number];

/** Return the position by which a volume is named when it is read: the centre of a circle, else its first corner. */
export function reference(feature: Feature): Position {
  let at: unknown = feature.geometry.coordinates;
  while (Array.isArray(at) && Array.isArray(at[0])) at = at[0];
  return at as Position;
}

/** Return how `PARTY REFERENCE` is said: by the reference alone where it begins with `PARTY-`.

A member's name holds no hyphen, so what stands before the first one names its party, and no two names become one. */
export const short = (key: string): string => key.replace(/^(\S+) (?=\1-)/, "");

/** Return how a notice, a zone or a red line is named wherever an officer reads it. */
export const named = (of: { party: string; notice?: string; reference?: string }): string => short(`${of.party} ${of.notice ?? of.reference}`);

/** Return a property of a volume as text. */
export function text(feature: Feature, name: string): string {
  return String(feature.properties[name] ?? "");
}

/** Return what a correct read-back of a notice says, to be shown beside the form, never filled in for the officer. */
export function readable(notice: Notice): { place: Position; lower: string; upper: string; start: string; end: string }[] {
  return notice.notice_file.features.map((f) => ({
    place: reference(f),
    lower: text(f, "lower"),
    upper: text(f, "upper"),
    start: text(f, "start"),
    end: text(f, "end"),
  }));
}

/** Return a notice file shifted in time by seconds. */
export function shiftedInTime(file: NoticeFile, seconds: number): NoticeFile {
  const move = (at: string): string => new Date(Date.parse(at) + seconds * 1000).toISOString();
  return mapped(file, (p) => ({ ...p, start: move(String(p["start"])), end: move(String(p["end"])) }));
}

/** Return a notice file shifted in height by metres, each bound in its own unit and datum; SFC and UNL stay. */
export function shiftedInHeight(file: NoticeFile, metres: number): NoticeFile {
  return mapped(file, (p) => ({ ...p, lower: raised(String(p["lower"]), metres), upper: raised(String(p["upper"]), metres) }));
}

function raised(height: string, metres: number): string {
  const up = (value: number): number => (metres < 0 ? Math.floor(value) : Math.ceil(value));
  const flight = /^FL(\d+)$/.exec(height);
  if (flight) return `FL${String(up(Number(flight[1]) + metres / 30.48)).padStart(3, "0")}`;
  const measured = /^(-?\d+(?:\.\d+)?) (ft|m) (\w+)$/.exec(height);
  if (!measured) return height;
  return `${up(Number(measured[1]) + metres / (measured[2] === "ft" ? 0.3048 : 1))} ${measured[2]} ${measured[3]}`;
}

function mapped(file: NoticeFile, change: (p: Feature["properties"]) => Feature["properties"]): NoticeFile {
  return { ...file, features: file.features.map((f) => ({ ...f, properties: change(f.properties) })) };
}

/** One coordinate: degrees, minutes and seconds, parted by their marks or by spaces; the last of them may have decimals. */
const AXIS = String.raw`(\d{1,3}(?:\.\d+)?)\s*[°º]?\s*(?:(?<=[°º\s])(\d{1,2}(?:\.\d+)?)\s*['′’]?\s*(?:(?<=['′’\s])(\d{1,2}(?:\.\d+)?)\s*["″”]?\s*)?)?`;
const BETWEEN = String.raw`[\s,;/]*`;
/** The ways in which a pair of coordinates is written, each with its letters: behind, before, and longitude first. */
const PAIRS = [
  new RegExp(`^${AXIS}([NS])${BETWEEN}${AXIS}([EW])$`),
  new RegExp(`^${AXIS}([EW])${BETWEEN}${AXIS}([NS])$`),
  new RegExp(`^([NS])\\s*${AXIS}${BETWEEN}([EW])\\s*${AXIS}$`),
];
/** As in a flight plan: degrees and minutes, or seconds too, without any mark. */
const PACKED = /^(\d{2})(\d{2}(?:\.\d+)?|\d{2}(?=\d))(\d{2}(?:\.\d+)?)?([NS])\s*(\d{3})(\d{2}(?:\.\d+)?|\d{2}(?=\d))(\d{2}(?:\.\d+)?)?([EW])$/;

/** Return a coordinate in degrees; nothing where a part is out of its range, or one before the last has decimals. */
function degrees(parts: readonly (string | undefined)[], letter: string): number | null {
  const given = parts.filter((part): part is string => part !== undefined);
  const [whole, minutes = 0, seconds = 0] = given.map(Number);
  if (given.slice(0, -1).some((part) => part.includes(".")) || minutes >= 60 || seconds >= 60) return null;
  const value = (whole ?? 0) + minutes / 60 + seconds / 3600;
  if (value > ("NS".includes(letter) ? 90 : 180)) return null;
  return "SW".includes(letter) ? -value : value;
}

/**
 * Return a position that was typed: degrees with letters, minutes and seconds where wanted, or an MGRS reference to
 * 100 m or finer. Nothing where any character of it is left over: what is half read is misread.
 */
export function parsePosition(given: string, fromGrid: (text: string) => Position): Position | null {
  const upper = given.trim().toUpperCase();
  const packed = upper.replace(/\s+/g, "");
  if (/^\d{1,2}[C-HJ-NP-X][A-HJ-NP-Z]{2}(\d\d){3,5}$/.test(packed)) {
    try {
      return fromGrid(packed);
    } catch {
      return null;
    }
  }
  const plan = PACKED.exec(upper);
  if (plan) return both(degrees(plan.slice(1, 4), plan[4] ?? ""), degrees(plan.slice(5, 8), plan[8] ?? ""));
  for (const [n, pattern] of PAIRS.entries()) {
    const found = pattern.exec(upper);
    if (!found) continue;
    const [, a, b, c, d, e, f, g, h] = found;
    const [first, second] = n === 2 ? [degrees([b, c, d], a ?? ""), degrees([f, g, h], e ?? "")] : [degrees([a, b, c], d ?? ""), degrees([e, f, g], h ?? "")];
    return n === 1 ? both(second, first) : both(first, second);
  }
  // Two bare numbers could be either way round: they are refused aloud rather than guessed.
  return null;
}

function both(lat: number | null, lon: number | null): Position | null {
  return lat === null || lon === null ? null : [lon, lat];
}

/** What a notice may be about, and of what nature it is: the record's closed lists, in their order. */
export const ACTIVITIES = "air ground sea fires uncrewed exercise deployment radar air_defence jamming protected_movement protected_site".split(" ");
export const NATURES = ["own_presence", "hazard_area", "protected"];

import type { Feature, Notice, NoticeFile } from "./shapes";

type Position = [number, number];

/** Return the position by which a volume is named when it is read: the centre of a circle, else its first corner. */
export function reference(feature: Feature): Position {
  let at: unknown = feature.geometry.coordinates;
  while (Array.isArray(at) && Array.isArray(at[0])) at = at[0];
  return at as Position;
}

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

/** Return a position that was typed: degrees, degrees and minutes, or MGRS; nothing where it cannot be read. */
export function parsePosition(given: string, fromGrid: (text: string) => Position): Position | null {
  const packed = given.replace(/\s+/g, "").toUpperCase();
  if (/^\d{1,2}[C-X][A-Z]{2}(\d\d){1,5}$/.test(packed)) {
    try {
      return fromGrid(packed);
    } catch {
      return null;
    }
  }
  const parts = [...given.toUpperCase().matchAll(/(\d{1,3}(?:\.\d+)?)(?:\s*°?\s*(\d{1,2}(?:\.\d+)?)\s*['′]?)?\s*([NSEW])/g)];
  if (parts.length === 2) {
    const value = (m: RegExpMatchArray): number => (Number(m[1]) + Number(m[2] ?? 0) / 60) * ("SW".includes(m[3] ?? "") ? -1 : 1);
    const lat = parts.find((m) => "NS".includes(m[3] ?? ""));
    const lon = parts.find((m) => "EW".includes(m[3] ?? ""));
    if (lat && lon && Math.abs(value(lat)) <= 90 && Math.abs(value(lon)) <= 180) return [value(lon), value(lat)];
    return null;
  }
  // Two bare numbers could be either way round: they are refused aloud rather than guessed.
  return null;
}

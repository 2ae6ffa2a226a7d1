import { toPoint } from "mgrs";
import { now as present } from "./clock";
import { degreesMinutes, MONTHS } from "./format";
import type { Key } from "./i18n.svelte";
import { parsePosition, reference, text } from "./notice";
import type { Feature, Notice, NoticeFile } from "./shapes";

type Position = [number, number];
export type Shape = "circle" | "corridor" | "polygon";

/** One volume as it is being filled in: everything is text, so that what cannot be read yet is kept as it was typed. */
export interface DraftVolume {
  shape: Shape;
  /** Positions, one a line: latitude and longitude with letters, or MGRS. */
  places: string;
  /** Radius of a circle, or half the width of a corridor: nautical miles, or a number with `km` or `m`. */
  reach: string;
  lower: string;
  upper: string;
  start: string;
  end: string;
  /** The geometry that was read, used as long as its text stands: holes, parts and centimetres are in no line of text. */
  exact?: { places: string; geometry: Feature["geometry"]; reach: string; metres: number };
  /** What a file says besides, such as `x_` members: kept, and filed with it. */
  rest?: Feature["properties"];
}

export interface Template {
  id: string;
  activity: string;
  nature?: string;
  volume: Pick<DraftVolume, "shape" | "reach" | "lower" | "upper">;
}

/** Where a form may begin. The numbers are there to be changed; none is a rule. */
export const TEMPLATES: readonly Template[] = [
  { id: "orbit", activity: "air", volume: { shape: "corridor", reach: "5", lower: "FL180", upper: "FL220" } },
  { id: "corridor", activity: "air", volume: { shape: "corridor", reach: "3", lower: "3000 ft AMSL", upper: "10000 ft AMSL" } },
  { id: "circle", activity: "uncrewed", volume: { shape: "circle", reach: "5", lower: "SFC", upper: "5000 ft AMSL" } },
  { id: "convoy", activity: "ground", volume: { shape: "corridor", reach: "0.3", lower: "SFC", upper: "300 ft AGL" } },
  { id: "airbase", activity: "air", volume: { shape: "circle", reach: "5", lower: "SFC", upper: "10000 ft AMSL" } },
  { id: "gun", activity: "fires", nature: "hazard_area", volume: { shape: "corridor", reach: "0.6", lower: "SFC", upper: "12000 ft AMSL" } },
  { id: "area", activity: "exercise", volume: { shape: "polygon", reach: "", lower: "SFC", upper: "UNL" } },
];

/** What a template sets, and under which label the form shows it. */
const SET = { activity: "notices.activity", nature: "field.nature", shape: "file.shape", reach: "file.shape", lower: "notices.heights", upper: "notices.heights" } as const satisfies Record<string, Key>;
const setBy = ({ activity, nature = "own_presence", volume }: Template): Record<keyof typeof SET, string> => ({ activity, nature, ...volume });

export const OPTIONAL = ["callsign", "squawk", "number_and_type", "frequency", "contact", "remarks"] as const;

export type Sees = "full" | "area_only" | "nothing";
const MORE: readonly Sees[] = ["nothing", "area_only", "full"];

/** Return what each of a notice's readers was shown of the version that stands. */
export const shownOf = (notice: Notice): Record<string, Sees> =>
  Object.fromEntries([...notice.area_only.map((m) => [m, "area_only"]), ...notice.audience.map((m) => [m, "full"])]) as Record<string, Sees>;

/** What the form itself says of a volume; whatever else a file holds is kept beside it. */
const TYPED: readonly string[] = ["party", "notice", "activity", "nature", "start", "end", "lower", "upper", "radius_m", "half_width_m", ...OPTIONAL];

const M_PER_NM = 1852;
const DEGREES = 7;
const DAY_MS = 86_400_000;

/** A notice that is being written. Nothing of it is anywhere but here until it is released. */
export class Draft {
  notice = $state("");
  activity = $state("air");
  nature = $state("own_presence");
  volumes = $state<DraftVolume[]>([blank()]);
  extras = $state<Record<string, string>>({});
  /** What was chosen for a member; nothing here means that nobody has chosen yet. */
  sees = $state<Record<string, Sees>>({});
  /** Replaces this standing notice of one's own rather than files a new one. */
  amends = $state(false);
  /** The template that was chosen: its form asks for what is needed alone. */
  template = $state("");

  /** Return what may be chosen for a member: what was shown before cannot be taken back by an amendment. */
  choices(member: string, told: Record<string, Sees> | null): readonly Sees[] {
    return MORE.slice(MORE.indexOf(told?.[member] ?? "nothing")).reverse();
  }

  /** Return what a member will see: as chosen, else what stands, else the whole for parties and nothing for others. */
  shownTo(m: { member: string; role: string }, told: Record<string, Sees> | null): Sees {
    const wanted = this.sees[m.member] ?? (told ? (told[m.member] ?? "nothing") : m.role === "party" ? "full" : "nothing");
    const least = told?.[m.member] ?? "nothing";
    return MORE[Math.max(MORE.indexOf(wanted), MORE.indexOf(least))] ?? "nothing";
  }

  /** Return what was typed, to be kept in this tab; nothing where nothing was. */
  kept(): string {
    const { notice, activity, nature, volumes, extras, sees, amends, template } = this;
    const typed = notice !== "" || volumes.some((v) => v.places !== "" || v.start !== "");
    return typed ? JSON.stringify({ notice, activity, nature, volumes, extras, sees, amends, template }) : "";
  }

  /** Begin anew: what was released is not released again by the next press. */
  clear(): void {
    Object.assign(this, { notice: "", activity: "air", nature: "own_presence", volumes: [blank()], extras: {}, sees: {}, amends: false, template: "" });
  }

  /**
   * Begin from a template; where and when stay as they were typed, and so do the other volumes. Return what it replaced
   * that was neither empty nor another template's, and what puts that back.
   */
  take(template: Template, chosen = 0): { lost: readonly Key[]; undo: () => void } {
    const held = this.volumes[chosen] ?? blank();
    const { shape, reach, lower, upper } = held;
    const before = { activity: this.activity, nature: this.nature, template: this.template };
    const earlier = TEMPLATES.find((one) => one.id === this.template);
    const fresh = earlier ? setBy(earlier) : { activity: "air", nature: "own_presence", ...blank() };
    const [stood, set] = [{ ...before, shape, reach, lower, upper }, setBy(template)];
    const lost = (Object.keys(SET) as (keyof typeof SET)[]).filter((name) => ![set[name], fresh[name], ""].includes(stood[name]));
    Object.assign(this, { template: template.id, activity: set.activity, nature: set.nature });
    this.volumes = this.volumes.map((v, n) => (n === chosen ? { ...v, ...template.volume } : v));
    const undo = (): void => {
      Object.assign(this, before);
      Object.assign(this.volumes[chosen] ?? {}, { shape, reach, lower, upper });
    };
    return { lost: [...new Set(lost.map((name) => SET[name]))], undo };
  }

  /** Begin from a notice file: an earlier notice, or a file from disk. Windows that are past stay as they are and show it. */
  read(file: NoticeFile): void {
    const first = file.features[0];
    if (!first) return;
    this.template = "";
    this.activity = text(first, "activity");
    this.nature = text(first, "nature") || "own_presence";
    this.extras = Object.fromEntries(OPTIONAL.map((name) => [name, text(first, name)]));
    this.volumes = file.features.map((feature) => {
      // What differs from the first volume's is that volume's own.
      const own = OPTIONAL.filter((name) => text(feature, name) !== text(first, name)).map((name) => [name, text(feature, name)]);
      const volume = volumeOf(feature);
      return { ...volume, rest: { ...volume.rest, ...Object.fromEntries(own) } };
    });
  }

  /** Return what can be drawn already: the shapes of all volumes whose positions and widths can be read, with their numbers. */
  shapes(): { number: number; geometry: Feature["geometry"]; properties: Feature["properties"] }[] {
    return this.volumes.flatMap((volume, number) => {
      const geometry = geometryOf(volume);
      return geometry === null ? [] : [{ number, geometry, properties: reachProperty(volume) }];
    });
  }

  /** Return the notice file that the form says, or nothing while a part of it cannot be read. */
  file(party: string): NoticeFile | null {
    const features: Feature[] = [];
    for (const volume of this.volumes) {
      const geometry = geometryOf(volume);
      if (geometry === null || !volume.lower || !volume.upper || !volume.start || !volume.end) return null;
      const properties: Feature["properties"] = {
        party,
        notice: this.notice || "DRAFT",
        activity: this.activity,
        nature: this.nature,
        start: instant(volume.start),
        end: instant(volume.end),
        lower: volume.lower,
        upper: volume.upper,
        ...reachProperty(volume),
      };
      for (const name of OPTIONAL) if (this.extras[name]) properties[name] = this.extras[name];
      for (const [name, value] of Object.entries(volume.rest ?? {}))
        if (value === "") delete properties[name];
        else properties[name] = value;
      features.push({ type: "Feature", geometry, properties });
    }
    return features.length > 0 ? { type: "FeatureCollection", features } : null;
  }
}

/** Return the positions of a volume, `null` where a line cannot be read. */
export function positions(volume: DraftVolume): (Position | null)[] {
  return volume.places
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => parsePosition(line, (grid) => toPoint(grid)));
}

/** Return positions as lines of text, to 0.01 of a minute: about 18 m. */
export const lines = (points: readonly Position[]): string => points.map(degreesMinutes).join("\n");

/** A date-time group with or without month and year, as officers write it and as this console shows it. */
const GROUP = /^(\d{2})\s*(?:([A-Z]{3})\s*(\d{4})?\s+)?([01]\d|2[0-3]):?([0-5]\d)(?::?([0-5]\d))?Z(?:\s*([A-Z]{3})\s*(\d{2}|\d{4})?)?$/;

/**
 * Read a date-time group as the first such instant from a day ago on, or the one nearest to `near`; a year that is
 * written is taken. Anything else stays as it is, with the seconds that an instant without them lacks.
 */
export function instant(given: string, now = present(), near?: number): string {
  const typed = given.trim();
  const found = GROUP.exec(typed.toUpperCase());
  if (!found) return typed.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d)(Z|[+-]\d\d:\d\d)$/, "$1:00$2");
  const [, day, before, year4, hour, minute, second, behind, year2] = found;
  const named = before ?? behind;
  if ((before && behind) || (named && !MONTHS.includes(named))) return typed;
  const years = year4 ?? year2;
  const year = years ? Number(years.length === 2 ? `20${years}` : years) : null;
  const base = new Date(near ?? now);
  const possible: number[] = [];
  for (let month = -1; month <= 13; month += 1) {
    const first = year === null ? Date.UTC(base.getUTCFullYear(), base.getUTCMonth() + month) : Date.UTC(year, month);
    const at = new Date(first + ((Number(day) - 1) * 24 + Number(hour)) * 3_600_000 + Number(minute) * 60_000 + Number(second ?? 0) * 1000);
    if (at.getUTCDate() !== Number(day) || at.getUTCMonth() !== new Date(first).getUTCMonth()) continue;
    if (named && MONTHS[at.getUTCMonth()] !== named) continue;
    if (year !== null && at.getUTCFullYear() !== year) continue;
    possible.push(at.getTime());
  }
  const best = near === undefined ? possible.find((at) => year !== null || at > now - DAY_MS) : possible.sort((a, b) => Math.abs(a - near) - Math.abs(b - near))[0];
  return best === undefined ? typed : new Date(best).toISOString().replace(".000", "");
}

/** Return a volume as zones, enquiries and attributions take it, or nothing while it cannot be read. */
export function scope(volume: DraftVolume): Record<string, unknown> | null {
  const geometry = geometryOf(volume);
  if (geometry === null || !volume.start || !volume.end || !readable(volume.lower) || !readable(volume.upper)) return null;
  return {
    geometry,
    ...reachProperty(volume),
    lower: volume.lower,
    upper: volume.upper,
    start: instant(volume.start),
    end: volume.end.trim().toUpperCase() === "PERM" ? "PERM" : instant(volume.end),
  };
}

/** Report whether a height is written as the record takes it: with its unit and its datum. */
export const readable = (height: string): boolean => /^(SFC|GND|UNL|FL\d{1,3}|-?\d+(\.\d+)? (ft|m) (AMSL|AGL|HAE))$/.test(height);

/** Report whether a time is written as the record takes it: a date-time group in Zulu, or an instant with its offset. */
export const timed = (given: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(instant(given)) && !Number.isNaN(Date.parse(instant(given)));

/** Return a radius or a half width in metres: `5` and `5 NM` are nautical miles, `300 m` and `2 km` what they say. */
export function metresIn(reach: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*(NM|km|m)?$/i.exec(reach.trim());
  if (!found) return null;
  const metres = Number(found[1]) * ({ km: 1000, m: 1 }[(found[2] ?? "").toLowerCase()] ?? M_PER_NM);
  return metres > 0 ? metres : null;
}

/** What of the volume that was read can no more be said by the text: holes and further parts, once a position was touched. */
export function loses(volume: DraftVolume): boolean {
  const { geometry, places } = volume.exact ?? {};
  if (!geometry || places === volume.places) return false;
  const parts = geometry.type === "MultiPolygon" ? (geometry.coordinates as unknown[][]) : geometry.type === "Polygon" ? [geometry.coordinates as unknown[]] : [];
  return parts.length > 1 || parts.some((rings) => rings.length > 1);
}

function reachProperty(volume: DraftVolume): Feature["properties"] {
  if (volume.shape === "polygon") return {};
  const metres = volume.exact?.reach === volume.reach ? volume.exact.metres : (metresIn(volume.reach) ?? 0);
  return { [volume.shape === "circle" ? "radius_m" : "half_width_m"]: Math.round(metres * 100) / 100 };
}

export function blank(): DraftVolume {
  return { shape: "circle", places: "", reach: "5", lower: "SFC", upper: "5000 ft AMSL", start: "", end: "" };
}

function geometryOf(volume: DraftVolume): Feature["geometry"] | null {
  if (volume.shape !== "polygon" && metresIn(volume.reach) === null) return null;
  if (volume.exact && volume.exact.places === volume.places && volume.shape === shapeOf(volume.exact.geometry.type)) return volume.exact.geometry;
  const found = positions(volume);
  if (found.length === 0 || found.includes(null)) return null;
  const points = (found as Position[]).map(([lon, lat]): Position => [Number(lon.toFixed(DEGREES)), Number(lat.toFixed(DEGREES))]);
  const first = points[0] as Position;
  if (volume.shape === "circle") return points.length > 1 ? null : { type: "Point", coordinates: first };
  if (volume.shape === "corridor") return points.length < 2 ? null : { type: "LineString", coordinates: points };
  return points.length < 3 ? null : { type: "Polygon", coordinates: [[...points, first]] };
}

function shapeOf(type: string): Shape {
  return type === "Point" ? "circle" : type === "LineString" ? "corridor" : "polygon";
}

export function volumeOf(feature: Feature): DraftVolume {
  const { type, coordinates } = feature.geometry;
  const flat: Position[] =
    type === "Point" ? [reference(feature)] : type === "LineString" ? (coordinates as Position[]) : (((type === "MultiPolygon" ? (coordinates as Position[][][])[0] : (coordinates as Position[][])) ?? [])[0] ?? []).slice(0, -1);
  const metres = Number(feature.properties["radius_m"] ?? feature.properties["half_width_m"] ?? 0);
  const reach = metres > 0 ? String(Number((metres / M_PER_NM).toFixed(4))) : "";
  const places = lines(flat);
  return {
    shape: shapeOf(type),
    places,
    reach,
    exact: { places, geometry: feature.geometry, reach, metres },
    rest: Object.fromEntries(Object.entries(feature.properties).filter(([name]) => !TYPED.includes(name))),
    lower: text(feature, "lower"),
    upper: text(feature, "upper"),
    start: text(feature, "start"),
    end: text(feature, "end"),
  };
}

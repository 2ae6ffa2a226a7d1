import { now } from "./clock";
import { forward } from "mgrs";
import { isolated, t } from "./i18n.svelte";

/** A time without end, as the record writes it. */
export const PERM = "PERM";

/** The months as officers write them, in every language. */
export const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");

const two = (n: number): string => String(n).padStart(2, "0");

/** Return an instant as officers say it: `22 NOV 20:15Z`, with seconds where asked, and with its year where it is not this one. */
export function zulu(at: number | string, seconds = false): string {
  if (at === PERM) return PERM;
  const t = new Date(at);
  const month = MONTHS[t.getUTCMonth()] ?? "";
  const clock = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}${seconds ? `:${two(t.getUTCSeconds())}` : ""}`;
  const year = t.getUTCFullYear() === new Date(now()).getUTCFullYear() ? "" : ` ${t.getUTCFullYear()}`;
  return `${two(t.getUTCDate())} ${month}${year} ${clock}Z`;
}

/** Return an instant as a date-time group: `22 2320Z`. */
export function group(at: number | string): string {
  if (at === PERM) return PERM;
  const t = new Date(at);
  return `${two(t.getUTCDate())} ${two(t.getUTCHours())}${two(t.getUTCMinutes())}Z`;
}

/** Return an example of a time as it is typed: the first full hour that is at least so many hours from now. */
export function soon(now: number, hours: number): string {
  return group((Math.ceil(now / 3_600_000) + hours) * 3_600_000);
}

/** Farther than this from now, or from its other end, a time is said with its month: `22` alone could be that of another. */
const LONG_MS = 27 * 86_400_000;

/** Return a window of time in few characters, as date-time groups: `22 2320Z – 23 0320Z`; with months where it is long or far. */
export function windowOf(start: number | string, end: number | string): string {
  const ends = [start, end].filter((at) => at !== PERM).map((at) => Number(new Date(at)));
  const long = ends.some((at) => Math.abs(at - now()) > LONG_MS) || (ends.length === 2 && Math.abs((ends[1] ?? 0) - (ends[0] ?? 0)) > LONG_MS);
  const one = (at: number | string): string => (long ? zulu(at) : group(at));
  return `${one(start)} – ${one(end)}`;
}

/** Return only the clock of an instant, in UTC. */
export function zuluClock(at: number): string {
  const t = new Date(at);
  return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}Z`;
}

/** Return the clock of an instant where the officer is, with the offset that makes it unambiguous. */
export function localClock(at: number): string {
  const t = new Date(at);
  const offset = -t.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const size = Math.abs(offset);
  return `${two(t.getHours())}:${two(t.getMinutes())} (UTC${sign}${two(Math.floor(size / 60))}:${two(size % 60)})`;
}

type Part = readonly [n: number | string, unit: "s" | "min" | "h" | "d"];

/** Return figures with their units' short forms, isolated: before a unit of Hebrew or Arabic a figure keeps its place. */
const said = (...parts: readonly Part[]): string => isolated(parts.map(([n, unit]) => `${n} ${t(`unit.${unit}`)}`).join(" "));

/** Return a span of time in the largest units that say it: `50 s`, `12 min`, `3 h 05 min`, `2 d 4 h`. */
export function span(ms: number, digits = 0): string {
  const exact = Math.abs(ms) / 1000;
  const s = Math.round(exact);
  if (s < 120) return said([exact.toFixed(digits), "s"]);
  const min = Math.floor(s / 60);
  if (min < 120) return said([min, "min"]);
  const h = Math.floor(min / 60);
  return h < 48 ? said([h, "h"], [two(min % 60), "min"]) : said([Math.floor(h / 24), "d"], [h % 24, "h"]);
}

/** Return a time that was agreed, exactly: `2 min 30 s`, `1 h 05 min`, `36 h`, `2 d`. */
export function duration(ms: number): string {
  const s = ms / 1000;
  if (s > 0 && s % 86_400 === 0) return said([s / 86_400, "d"]);
  const parts: Part[] = [];
  for (const [n, unit] of [[Math.floor(s / 3600), "h"], [Math.floor((s % 3600) / 60), "min"], [s % 60, "s"]] as const)
    if (n > 0 || (unit === "s" && parts.length === 0)) parts.push([parts.length > 0 ? two(n) : n, unit]);
  return said(...parts);
}

/** Return a position in degrees and decimal minutes, as it is spoken: `34°33.36'N 038°19.20'E`. */
export function degreesMinutes([lon, lat]: readonly [number, number]): string {
  const part = (value: number, width: number, plus: string, minus: string): string => {
    const hundredths = Math.round(Math.abs(value) * 6000);
    const minutes = (hundredths % 6000) / 100;
    return `${String(Math.floor(hundredths / 6000)).padStart(width, "0")}°${minutes.toFixed(2).padStart(5, "0")}'${value < 0 ? minus : plus}`;
  };
  return `${part(lat, 2, "N", "S")} ${part(lon, 3, "E", "W")}`;
}

/** Return a position in MGRS to 100 m, or nothing where the grid does not reach (beyond 80°S and 84°N). */
export function grid([lon, lat]: readonly [number, number], digits = 3): string {
  if (lat < -80 || lat > 84) return "";
  const text = forward([lon, lat], digits);
  const at = text.length - 2 * digits;
  return `${text.slice(0, at - 2)} ${text.slice(at - 2, at)} ${text.slice(at, at + digits)} ${text.slice(at + digits)}`;
}

const FT_PER_M = 1 / 0.3048;

/** Return a height as filed, and converted where it has a unit: `3000 ft AMSL (914 m)`. The datum is never left out. */
export function height(filed: string): string {
  const flight = /^FL(\d+)$/.exec(filed);
  if (flight) return `${filed} (${Math.round(Number(flight[1]) * 30.48)} m STD)`;
  const measured = /^(-?\d+(?:\.\d+)?) (ft|m) (AMSL|AGL|HAE)$/.exec(filed);
  if (!measured) return filed;
  const value = Number(measured[1]);
  const other = measured[2] === "ft" ? `${Math.round(value / FT_PER_M)} m` : `${Math.round(value * FT_PER_M)} ft`;
  return `${filed} (${other})`;
}

/** Return a height in metres for drawing alone, never for judging: the datum is dropped. */
export function drawnMetres(filed: string): number {
  if (filed === "SFC" || filed === "GND") return 0;
  if (filed === "UNL") return 20_000;
  const flight = /^FL(\d+)$/.exec(filed);
  if (flight) return Number(flight[1]) * 30.48;
  const measured = /^(-?\d+(?:\.\d+)?) (ft|m)/.exec(filed);
  return measured ? Number(measured[1]) / (measured[2] === "ft" ? FT_PER_M : 1) : 0;
}

/** Return a distance in metres as officers say it: metres below 2 km, else nautical miles and kilometres, finer below ten. */
export function distance(m: number): string {
  return m < 2000 ? `${Math.round(m)} m` : `${(m / 1852).toFixed(m < 18_520 ? 2 : 1)} NM (${(m / 1000).toFixed(1)} km)`;
}

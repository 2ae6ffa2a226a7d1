import { toPoint } from "mgrs";
import { LANGUAGES } from "./i18n.svelte";
import { named, parsePosition } from "./notice";
import type { Conflict, Drawn } from "./shapes";

type Position = [number, number];

export interface Found {
  sort: "position" | "place" | "airfield" | "notice" | "area" | "conflict";
  words: string;
  /** Where it is, where that is known without asking the node. */
  at: Position | null;
  /** West, south, east and north of what is wider than a point. */
  box?: [number, number, number, number];
  party?: string;
  reference?: string;
}

interface Named {
  features: { geometry: { coordinates: Position }; properties: Record<string, string | number> }[];
}

const FOUND_MAX = 12;
let gazetteer: Promise<{ places: Named; airfields: Named }> | null = null;

/** Return the gazetteer and the airfields of the shipped chart, fetched once. */
function names(): Promise<{ places: Named; airfields: Named }> {
  const read = async (name: string): Promise<Named> => (await fetch(`/console/chart/${name}.json`)).json() as Promise<Named>;
  gazetteer ??= Promise.all([read("places"), read("airfields")]).then(([places, airfields]) => ({ places, airfields }));
  gazetteer.catch(() => (gazetteer = null));
  return gazetteer;
}

/** Fold case and marks away: who searches at night types `Sam` for `Şam`. */
export const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/ı/g, "i").toLowerCase();

/** Report whether the text is two bare numbers: a position that could be either way round. */
export const eitherWay = (text: string): boolean => /^\s*-?\d{1,3}(\.\d+)?[\s,;]+-?\d{1,3}(\.\d+)?\s*$/.test(text);

/** Return where volumes lie: the middle of all of them, and how far they reach. */
function extent(volumes: readonly { polygons: readonly (readonly (readonly Position[])[])[] }[]): Pick<Found, "at" | "box"> {
  const points = volumes.flatMap((v) => v.polygons.flatMap((rings) => rings[0] ?? []));
  if (points.length === 0) return { at: null };
  const [west, south, east, north] = points.reduce(
    ([w, s, e, n], [lon, lat]) => [Math.min(w, lon), Math.min(s, lat), Math.max(e, lon), Math.max(n, lat)],
    [Infinity, Infinity, -Infinity, -Infinity],
  );
  return { at: [(west + east) / 2, (south + north) / 2], box: [west, south, east, north] };
}

/** Return what a text may mean, the surest first: a position, a reference, a place in any of the languages, a title. */
export async function search(given: string, drawn: Drawn | null, conflicts: readonly Conflict[], language: string): Promise<Found[]> {
  const wanted = plain(given.trim());
  if (wanted === "" || eitherWay(given)) return [];
  const found: Found[] = [];
  const at = parsePosition(given, (grid) => toPoint(grid));
  if (at) found.push({ sort: "position", words: given.trim(), at });
  const titled: Found[] = [];
  for (const n of drawn?.notices ?? [])
    if (plain(`${n.party} ${n.notice}`).includes(wanted)) found.push({ sort: "notice", words: named(n), ...extent(n.volumes), party: n.party, reference: n.notice });
  for (const a of drawn?.areas ?? []) {
    const one: Found = { sort: "area", words: `${named(a)}: ${a.title}`, ...extent(a.volumes), party: a.party, reference: a.reference };
    if (plain(`${a.party} ${a.reference}`).includes(wanted)) found.push(one);
    else if (plain(a.title).includes(wanted)) titled.push(one);
  }
  for (const c of conflicts) if (plain(c.id).includes(wanted)) found.push({ sort: "conflict", words: c.id, at: c.position, reference: c.id });
  const { places, airfields } = await names();
  const begins: Found[] = [];
  const holds: Found[] = [];
  for (const p of places.features) {
    const said = LANGUAGES.map((l) => plain(String(p.properties[l.code] ?? "")));
    if (!said.some((name) => name.includes(wanted))) continue;
    const one: Found = { sort: "place", words: String(p.properties[language] ?? p.properties["en"]), at: p.geometry.coordinates };
    (said.some((name) => name.startsWith(wanted)) ? begins : holds).push(one);
  }
  for (const f of airfields.features)
    if (plain(`${f.properties["icao"]} ${f.properties["name"]}`).includes(wanted))
      holds.push({ sort: "airfield", words: `${f.properties["icao"]} ${f.properties["name"]}`, at: f.geometry.coordinates });
  return [...found, ...begins, ...titled, ...holds].slice(0, FOUND_MAX);
}

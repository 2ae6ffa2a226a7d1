import type { Feature, FeatureCollection } from "geojson";

/** The files of the base map. Rivers are apart: their licence is another. */
const FILES = {
  land: "/console/chart/land.json",
  borders: "/console/chart/borders.json",
  lines: "/console/chart/lines.json",
  rivers: "/console/chart/lgpl/rivers.json",
  airfields: "/console/chart/airfields.json",
  places: "/console/chart/places.json",
} as const;
export type Kind = keyof typeof FILES;

let held: Promise<FeatureCollection> | null = null;

/**
 * Return the base map, each feature with its `kind`, fetched once. It is one source of the map: each source more is cut
 * into tiles, masked and drawn by itself, which without a graphics processor costs more than what is in it.
 */
export function baseMap(): Promise<FeatureCollection> {
  held ??= Promise.all((Object.keys(FILES) as Kind[]).map(read)).then((parts) => ({ type: "FeatureCollection", features: parts.flat() }));
  return held;
}

async function read(kind: Kind): Promise<Feature[]> {
  try {
    const answer = await fetch(FILES[kind], { credentials: "same-origin" });
    const found = (await answer.json()) as FeatureCollection;
    return found.features.map((each) => ({ ...each, properties: { ...each.properties, kind } }));
  } catch (fault) {
    // What can be drawn is drawn; the next chart that is opened asks again.
    console.warn(`the base map lacks its ${kind}:`, fault);
    held = null;
    return [];
  }
}

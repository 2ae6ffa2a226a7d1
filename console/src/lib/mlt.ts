/**
 * Stands in the bundle for the decoder of MapLibre's own tile format. Operators' charts in that format are refused by their
 * header (see `ownchart.ts`), so that it would weigh on every start and never run.
 */
export const GEOMETRY_TYPE = { POINT: 0, LINESTRING: 1, POLYGON: 2, MULTIPOINT: 3, MULTILINESTRING: 4, MULTIPOLYGON: 5 } as const;

export function decodeTile(): never {
  throw new Error("tiles of this format cannot be read: vector tiles as in PMTiles type 1 are expected");
}

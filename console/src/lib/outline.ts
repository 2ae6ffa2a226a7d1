import { post } from "./api";
import type { DrawnVolume, Feature } from "./shapes";

export type Polygons = DrawnVolume["polygons"];

type Sketched = Pick<Feature, "geometry" | "properties">;

/** Return shapes as the node draws them: geometry and width alone. */
export const sketches = (shapes: readonly Sketched[]): unknown[] =>
  shapes.map(({ geometry, properties }) => ({
    geometry,
    ...(geometry.type === "Point" ? { radius_m: properties["radius_m"] } : {}),
    ...(geometry.type === "LineString" ? { half_width_m: properties["half_width_m"] } : {}),
  }));

/** Ask the node how it draws shapes that are not filed: with their width, along geodesics, holes and all. */
export async function outlines(shapes: readonly Sketched[], unwanted?: AbortSignal): Promise<Polygons[]> {
  if (shapes.length === 0) return [];
  return (await post<{ volumes: Polygons[] }>("outlines", { volumes: sketches(shapes) }, "application/json", unwanted)).volumes;
}

import { post } from "./api";
import type { DrawnVolume, Feature } from "./shapes";

export type Polygons = DrawnVolume["polygons"];

/** Ask the node how it draws shapes that are not filed: with their width, along geodesics, holes and all. */
export async function outlines(shapes: readonly Pick<Feature, "geometry" | "properties">[], unwanted?: AbortSignal): Promise<Polygons[]> {
  if (shapes.length === 0) return [];
  const volumes = shapes.map(({ geometry, properties }) => ({
    geometry,
    ...(geometry.type === "Point" ? { radius_m: properties["radius_m"] } : {}),
    ...(geometry.type === "LineString" ? { half_width_m: properties["half_width_m"] } : {}),
  }));
  return (await post<{ volumes: Polygons[] }>("outlines", { volumes }, "application/json", unwanted)).volumes;
}

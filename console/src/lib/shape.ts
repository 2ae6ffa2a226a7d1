type Position = [number, number];

/** What has a footprint: a volume of a notice file, or of a zone, an enquiry, an attribution. */
export interface Shaped {
  geometry: { type: string; coordinates: unknown };
  properties?: Record<string, string | number>;
  radius_m?: number;
}
/** One position of a shape; the first of a further part or of a hole says which one begins with it. */
export interface Corner {
  at: Position;
  part: number;
  hole: number;
}

/** Return every position of a shape in the order in which it was filed; a ring's last position, its first again, is left out. */
export function corners({ geometry: { type, coordinates } }: Shaped): Corner[] {
  const closed = type.endsWith("Polygon");
  const parts = (type === "MultiPolygon" ? coordinates : [closed ? coordinates : [type === "Point" ? [coordinates] : coordinates]]) as Position[][][];
  return parts.flatMap((rings, p) =>
    rings.flatMap((ring, r) =>
      (closed ? ring.slice(0, -1) : ring).map((at, n) => ({ at, part: n === 0 && r === 0 && parts.length > 1 ? p + 1 : 0, hole: n === 0 ? r : 0 })),
    ),
  );
}

/** Return the distance round a point or a line, in metres; 0 for an area. */
export const reach = ({ properties, radius_m }: Shaped): number => Number(properties?.["radius_m"] ?? properties?.["half_width_m"] ?? radius_m ?? 0);

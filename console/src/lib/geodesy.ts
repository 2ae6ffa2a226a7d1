type Position = readonly [number, number];

const A = 6_378_137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const ROUNDS_MAX = 200;
const CLOSE = 1e-12;
const RAD = Math.PI / 180;

export interface Leg {
  /** Metres along the geodesic. */
  m: number;
  /** Degrees from true north at the start, 0 to below 360. */
  bearing: number;
}

/**
 * Return length and bearing of the geodesic on WGS 84; nothing for nearly opposite points, where the method does not end.
 * Source: T. Vincenty, Survey Review XXIII 176 (1975), inverse formula.
 */
export function leg([lon1, lat1]: Position, [lon2, lat2]: Position): Leg | null {
  const along = (lon2 - lon1) * RAD;
  const u1 = Math.atan((1 - F) * Math.tan(lat1 * RAD));
  const u2 = Math.atan((1 - F) * Math.tan(lat2 * RAD));
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = along;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sine = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sine === 0) return { m: 0, bearing: 0 };
    const cosine = s1 * s2 + c1 * c2 * cl;
    const sigma = Math.atan2(sine, cosine);
    const sa = (c1 * c2 * sl) / sine;
    const ca2 = 1 - sa * sa;
    const middle = ca2 === 0 ? 0 : cosine - (2 * s1 * s2) / ca2;
    const c = (F / 16) * ca2 * (4 + F * (4 - 3 * ca2));
    const next = along + (1 - c) * F * sa * (sigma + c * sine * (middle + c * cosine * (2 * middle * middle - 1)));
    const moved = Math.abs(next - lambda);
    lambda = next;
    if (moved > CLOSE) continue;
    const k = (ca2 * (A * A - B * B)) / (B * B);
    const p = 1 + (k / 16384) * (4096 + k * (-768 + k * (320 - 175 * k)));
    const q = (k / 1024) * (256 + k * (-128 + k * (74 - 47 * k)));
    const d =
      q * sine * (middle + (q / 4) * (cosine * (2 * middle * middle - 1) - (q / 6) * middle * (4 * sine * sine - 3) * (4 * middle * middle - 3)));
    const bearing = Math.atan2(c2 * Math.sin(lambda), c1 * s2 - s1 * c2 * Math.cos(lambda)) / RAD;
    return { m: B * p * (sigma - d), bearing: (bearing + 360) % 360 };
  }
  return null;
}

/** Return points along the great circle between two positions, for drawing alone. */
export function between(from: Position, to: Position, pieces = 32): [number, number][] {
  const vector = ([lon, lat]: Position): [number, number, number] => [
    Math.cos(lat * RAD) * Math.cos(lon * RAD),
    Math.cos(lat * RAD) * Math.sin(lon * RAD),
    Math.sin(lat * RAD),
  ];
  const [p, q] = [vector(from), vector(to)];
  return Array.from({ length: pieces + 1 }, (_, n) => {
    const s = n / pieces;
    const [x, y, z] = [0, 1, 2].map((i) => (1 - s) * (p[i] ?? 0) + s * (q[i] ?? 0)) as [number, number, number];
    return [Math.atan2(y, x) / RAD, Math.atan2(z, Math.hypot(x, y)) / RAD];
  });
}

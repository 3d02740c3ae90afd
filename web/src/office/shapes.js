// Corners and edges of a parcel in working metres, numbered as its drawings number them closely enough to find them.
import { number, t } from "../portal/page.js";

/** Return the rings of a GeoJSON polygon or multipolygon, each without its repeated last corner. */
export function ringsOf(geometry) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.flat(1).map((ring) => ring.slice(0, -1));
}

export const cornersOf = (geometry) => ringsOf(geometry).flat(1);

/** Return [[from, to], …]. */
export const edgesOf = (geometry) => ringsOf(geometry).flatMap((ring) => ring.map((from, index) => [from, ring[(index + 1) % ring.length]]));

/** Return the bearing of an edge, degrees clockwise from north. */
export const bearingOf = ([[x, y], [u, v]]) => (Math.atan2(u - x, v - y) * 180 / Math.PI + 360) % 360;

export const lengthOf = ([[x, y], [u, v]]) => Math.hypot(u - x, v - y);

/** Return the item whose distance (by `away`) is least. */
export function nearest(items, away) {
  let best = null;
  for (const item of items) {
    const far = away(item);
    if (best === null || far < best.far) best = { item, far };
  }
  return best;
}

export const apart = ([x, y], [u, v]) => Math.hypot(x - u, y - v);

/** Return how far a point lies from an edge, metres. */
export function fromEdge([x, y], [[a, b], [c, d]]) {
  const [dx, dy] = [c - a, d - b];
  const share = Math.min(1, Math.max(0, ((x - a) * dx + (y - b) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - a - share * dx, y - b - share * dy);
}

/** Name corners to choose from: number, X (north), Y (east). */
export const cornerChoices = (corners) => corners.map((corner, index) => [JSON.stringify(corner),
  t("cornerChoice", { no: index + 1, x: corner[1].toFixed(3), y: corner[0].toFixed(3) })]);

/** Name edges to choose from: number, length, bearing. */
export const edgeChoices = (edges) => edges.map((edge, index) => [JSON.stringify(edge),
  t("edgeChoice", { no: index + 1, length: number(lengthOf(edge), 2), bearing: number(bearingOf(edge), 2) })]);

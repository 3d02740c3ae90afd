// Whether the parcel of an answer lies under a place: the answer brings its outline in lon/lat.

/** Tell whether the outline in an answer's HTML covers a place. */
export function covers(html, [lon, lat]) {
  const [, outline] = /<script type="application\/json" class="answer-geometry">([\s\S]*?)<\/script>/.exec(html) ?? [];
  if (!outline) return false;
  const { type, coordinates } = JSON.parse(outline);
  const rings = type === "MultiPolygon" ? coordinates.flat() : coordinates;
  return type.endsWith("Polygon") && isInside(rings, lon, lat);
}

// Even-odd over all rings, so that a hole is outside.
function isInside(rings, x, y) {
  let inside = false;
  for (const ring of rings) {
    ring.forEach(([x1, y1], i) => {
      const [x2, y2] = ring.at(i - 1);
      if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
    });
  }
  return inside;
}

// Pop-ups for vector tiles. Every tile is a canvas of its own and the top one would swallow the click, so
// the canvases let clicks through (site.css) and the map asks all of them what lies there.
import { parcelRef, unitRef } from "../parcel_ref.js";

const L = window.L;

export function addPopups(map, config) {
  map.on("click", (event) => {
    const rows = hits(map, event).map((properties) => describe(properties, config)).filter(Boolean);
    if (rows.length) L.popup({ maxWidth: 320 }).setLatLng(event.latlng).setContent(list(rows)).openOn(map);
  });
}

function hits(map, event) {
  const found = new Map();
  map.eachLayer((grid) => {
    if (!grid._vectorTiles) return;
    for (const tile of Object.values(grid._vectorTiles)) {
      if (!tile._map || tile.getCoord().z !== grid._tileZoom) continue;
      const point = map.mouseEventToLayerPoint(event.originalEvent).subtract(tile.getOffset());
      for (const [id, { feature }] of Object.entries(tile._features)) {
        if (feature._containsPoint?.(point)) found.set(`${L.stamp(grid)}/${id}`, { ...feature.properties, unit: id });
      }
    }
  });
  return [...found.values()];
}

function describe(p, { uses, plans = {}, themes = {}, words }) {
  const ref = parcelRef(p);
  if (ref) {
    const names = String(p.use ?? "").split("+").map((code) => uses[code]?.name ?? code).join(", ");
    return {
      title: [words.number, p.no, words.sheet, p.sheet].filter((part) => part !== undefined).join(" "),
      facts: { [words.use]: names, [words.area]: p.area && `${new Intl.NumberFormat(document.documentElement.lang).format(p.area)} m²` },
      link: { href: `/?parcel=${unitRef(p.unit)}`, text: words.more },
    };
  }
  if (!p.theme) return null; // communes: their names stand on the map
  return {
    title: (document.documentElement.lang === "en" && p.name_en) || p.name || uses[p.use]?.name || p.code,
    facts: { [words.theme]: themes[p.theme] ?? p.theme, [words.plan]: plans[p.plan] ?? p.plan, ...(p.status === "pending" ? { [words.pending]: "◷" } : {}) },
  };
}

function list(rows) {
  const box = L.DomUtil.create("div", "map-popup");
  for (const { title, facts, link } of rows) {
    L.DomUtil.create("strong", "", box).textContent = title;
    box.append(table(facts));
    if (link) {
      const anchor = L.DomUtil.create("a", "", box);
      anchor.href = link.href;
      anchor.textContent = link.text;
    }
  }
  return box;
}

function table(facts) {
  const made = document.createElement("dl");
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined || value === null || value === "") continue;
    made.append(Object.assign(document.createElement("dt"), { textContent: name }));
    made.append(Object.assign(document.createElement("dd"), { textContent: value }));
  }
  return made;
}

/** Describe a known overlap. */
export function defectPopup(p, words) {
  return list([{
    title: `${words.overlap}: ${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 }).format(p.areaM2)} m²`,
    facts: { [words.parcels]: [p.first, p.second].filter(Boolean).join(", "), [words.record]: p.record },
  }]);
}

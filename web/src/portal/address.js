// The map's place lives in the address: #map=zoom/lat/lon, so that a link shows the same view.
import { fromLonLat, toLonLat, transformExtent } from "ol/proj.js";
import { keepView, lastView } from "./last_view.js";

const fallback = [106.0, 10.5, 107.6, 12.3];

export function readHash(hash = location.hash) {
  const match = /^#map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(hash);
  if (!match) return null;
  const [zoom, lat, lon] = match.slice(1).map(Number);
  return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? { zoom, lat, lon } : null;
}

export function viewFromAddress(view, config) {
  const asked = readHash() ?? readHash(lastView());
  if (asked) {
    view.setCenter(fromLonLat([asked.lon, asked.lat]));
    view.setZoom(asked.zoom);
    return;
  }
  const bounds = config.start ?? config.tiles.parcels?.bounds ?? config.tiles.units?.bounds ?? fallback;
  view.fit(transformExtent(bounds, "EPSG:4326", "EPSG:3857"), { padding: [20, 20, 20, 20], maxZoom: 17 });
}

export function keepAddress(map, view) {
  map.on("moveend", () => {
    const [lon, lat] = toLonLat(view.getCenter());
    const hash = `#map=${view.getZoom().toFixed(2)}/${lat.toFixed(6)}/${lon.toFixed(6)}`;
    history.replaceState(history.state, "", location.pathname + location.search + hash);
    keepView(hash);
  });
  window.addEventListener("hashchange", () => {
    const asked = readHash();
    if (asked) view.animate({ center: fromLonLat([asked.lon, asked.lat]), zoom: asked.zoom, duration: 0 });
  });
}

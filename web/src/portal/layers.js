// The four vector tile layers, each as its TileJSON says.
import MVT from "ol/format/MVT.js";
import VectorTileLayer from "ol/layer/VectorTile.js";
import VectorTileSource from "ol/source/VectorTile.js";
import { createXYZ } from "ol/tilegrid.js";
import { colorOf, parcelStyle, restrictionStyle, unitStyle, zoneStyle } from "./styles.js";

const tileSize = 512;
// A tile of 512 pixels at level z fits the view at zoom z + 1; half a level earlier is when it is first asked for.
const firstView = (minzoom) => minzoom + 0.5;

export function tileLayers({ tiles, uses }) {
  const color = colorOf(uses);
  const zones = layer("zones", tiles.zones, zoneStyle(color));
  zones.set("colorOf", color);
  return {
    units: layer("units", tiles.units, unitStyle),
    zones,
    restrictions: layer("restrictions", tiles.restrictions, restrictionStyle(uses)),
    parcels: layer("parcels", tiles.parcels, parcelStyle),
  };
}

/** Return the vector tile layer `name` as its TileJSON says; in a view of another projection it is reprojected. */
export function layer(name, description, style) {
  const { minzoom = 0, maxzoom = 16, tiles: [url] } = description ?? { tiles: [`/tiles/${name}/{z}/{x}/{y}.mvt`] };
  return new VectorTileLayer({
    minZoom: firstView(minzoom),
    style,
    declutter: false,
    source: new VectorTileSource({
      // Our own origin, whatever public name the description carries.
      url: url.replace(/^https?:\/\/[^/]+/, ""),
      format: new MVT(),
      tileGrid: createXYZ({ minZoom: minzoom, maxZoom: maxzoom, tileSize }),
      wrapX: false,
      overlaps: name !== "parcels" && name !== "units",
    }),
  });
}

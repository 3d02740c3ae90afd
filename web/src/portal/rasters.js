// Imagery, scanned plans and heights under the vectors.
import TileLayer from "ol/layer/Tile.js";
import XYZ from "ol/source/XYZ.js";
import { createXYZ } from "ol/tilegrid.js";
import { transformExtent } from "ol/proj.js";

/** Return the layers of the rasters that the page was told of, none of them shown yet, for a view in `projection`. */
export function rasterLayers({ rasters = [] }, projection = "EPSG:3857") {
  return Object.fromEntries(rasters.map((each) => [each.name, rasterLayer(each, projection)]));
}

function rasterLayer({ tiles: [url], minzoom, maxzoom, bounds }, projection) {
  return new TileLayer({
    visible: false,
    extent: transformExtent(bounds, "EPSG:4326", projection),
    source: new XYZ({
      url: url.replace(/^https?:\/\/[^/]+/, ""), // our own origin, whatever public name the description carries
      tileGrid: createXYZ({ minZoom: minzoom, maxZoom: maxzoom, tileSize: 256 }),
      wrapX: false,
    }),
  });
}

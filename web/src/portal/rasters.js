// Imagery, scanned plans and heights under the vectors: which are shown and how strongly, remembered on this device.
import TileLayer from "ol/layer/Tile.js";
import XYZ from "ol/source/XYZ.js";
import { createXYZ } from "ol/tilegrid.js";
import { transformExtent } from "ol/proj.js";
import { choices, keepChoice } from "../raster_choice.js";

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

/** Join the check boxes and sliders of the legend with the layers. */
export function createRasters(map, { rasters = [] }) {
  const kept = choices();
  const credit = document.getElementById("raster-credit");
  for (const { name } of rasters) {
    const box = document.getElementById(`show-raster-${name}`);
    const slider = document.getElementById(`opacity-raster-${name}`);
    box.checked = kept[name]?.shown ?? false;
    slider.value = kept[name]?.opacity ?? 100;
    const apply = () => {
      map.showRaster(name, box.checked, slider.value / 100);
      slider.disabled = !box.checked;
      tellCredit();
    };
    for (const input of [box, slider]) {
      input.addEventListener("input", () => {
        keepChoice(name, { shown: box.checked, opacity: Number(slider.value) });
        apply();
      });
    }
    apply();
  }

  function tellCredit() {
    const shown = rasters.filter(({ name }) => document.getElementById(`show-raster-${name}`).checked);
    credit.textContent = [...new Set(shown.map((each) => each.attribution).filter(Boolean))].join(" · ");
  }
}

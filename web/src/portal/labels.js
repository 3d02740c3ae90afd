// Names of communes and labels of parcels. A tile cuts a shape in pieces, and each piece would carry
// a label; so labels live in a layer of their own, one for each shape, inside its largest piece.
import Feature from "ol/Feature.js";
import Point from "ol/geom/Point.js";
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import Fill from "ol/style/Fill.js";
import Stroke from "ol/style/Stroke.js";
import Style from "ol/style/Style.js";
import Text from "ol/style/Text.js";
import { number } from "./page.js";

const family = '"Be Vietnam Pro", sans-serif';
const halo = new Stroke({ color: "#fffdf7e6", width: 3 });
const parcelLabelZoom = 17;

/** `toView` turns a point of the tiles into one of the view, where the two differ. */
export function unitLabels(tiles, toView = (point) => point) {
  return labelLayer(tiles, {
    toView,
    key: "code",
    shownAt: (zoom) => zoom >= 9 && zoom < 17,
    fits: ({ width, height }, feature) => width > 0.6 * 7 * String(feature.get("name")).length && height > 18,
    text: (feature, zoom) => new Text({
      text: wrapped(feature.get("name")),
      font: `600 ${zoom < 11 ? 12 : 14}px ${family}`,
      fill: new Fill({ color: "#4f4836" }),
      stroke: halo,
    }),
  });
}

/** The same for parcels. */
export function parcelLabels(tiles, toView = (point) => point) {
  return labelLayer(tiles, {
    toView,
    key: "id",
    shownAt: (zoom) => zoom >= parcelLabelZoom,
    fits: ({ width, height }, feature) => width > 6 * String(feature.get("no") ?? "").length && height > 12,
    text: (feature, zoom, { width, height }) => new Text({
      text: parcelText(feature, width, height),
      font: `500 11px ${family}`,
      fill: new Fill({ color: "#2b2718" }),
      stroke: halo,
    }),
  });
}

// As on the cadastral map: land type over number; the area below where there is room.
function parcelText(feature, width, height) {
  const bold = `600 12px ${family}`;
  const plain = `400 10.5px ${family}`;
  const no = String(feature.get("no") ?? "");
  const use = String(feature.get("use") ?? "");
  if (!no) return [use, plain];
  if (height < 30 || width < 6.5 * use.length) return [no, bold];
  const lines = [use, plain, "\n", "", no, bold];
  const area = feature.get("area");
  const size = area ? `${number(area, 1)} m²` : "";
  if (size && height > 46 && width > 5.5 * size.length) lines.push("\n", "", size, plain);
  return lines;
}

function wrapped(name) {
  const words = String(name ?? "").split(" ");
  if (words.length < 4) return words.join(" ");
  const half = Math.ceil(words.length / 2);
  return `${words.slice(0, half).join(" ")}\n${words.slice(half).join(" ")}`;
}

function labelLayer(tiles, { key, shownAt, fits, text, toView = (point) => point }) {
  const source = new VectorSource();
  const layer = new VectorLayer({ source, declutter: true, updateWhileInteracting: true, updateWhileAnimating: true });

  function refresh(view, size) {
    const zoom = view.getZoom();
    if (!tiles.getVisible() || !shownAt(zoom) || !size) {
      source.clear();
      return;
    }
    const resolution = view.getResolution();
    const pieces = largestPieces(tiles.getFeaturesInExtent(view.calculateExtent(size)), key);
    const features = [];
    for (const { feature, place, across, extent } of pieces.values()) {
      const room = { width: across / resolution, height: (extent[3] - extent[1]) / resolution };
      if (!fits(room, feature)) continue;
      const label = new Feature(new Point(toView(place)));
      label.setStyle(new Style({ text: text(feature, zoom, room) }));
      features.push(label);
    }
    source.clear(true);
    source.addFeatures(features);
  }
  return { layer, refresh };
}

function largestPieces(features, key) {
  const best = new Map();
  for (const feature of features) {
    if (!feature.getType().endsWith("Polygon")) continue;
    const extent = feature.getExtent();
    const size = (extent[2] - extent[0]) * (extent[3] - extent[1]);
    const id = feature.get(key) ?? feature.getId();
    if ((best.get(id)?.size ?? -1) < size) best.set(id, { feature, extent, size });
  }
  for (const piece of best.values()) Object.assign(piece, interiorPoint(piece.feature));
  return best;
}

// A point well inside, and how wide the shape is there: what a label has for room.
function interiorPoint(feature) {
  const points = feature.getType() === "Polygon" ? feature.getFlatInteriorPoint() : feature.getFlatInteriorPoints();
  let at = 0;
  for (let i = 3; i < points.length; i += 3) if (points[i + 2] > points[at + 2]) at = i;
  return { place: points.slice(at, at + 2), across: points[at + 2] };
}

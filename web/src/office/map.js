// The map of the workspace: everything in metres of the working system, so that no corner goes through degrees.
import OlMap from "ol/Map.js";
import View from "ol/View.js";
import ScaleLine from "ol/control/ScaleLine.js";
import Feature from "ol/Feature.js";
import GeoJSON from "ol/format/GeoJSON.js";
import LineString from "ol/geom/LineString.js";
import Draw from "ol/interaction/Draw.js";
import Snap from "ol/interaction/Snap.js";
import VectorLayer from "ol/layer/Vector.js";
import { fromLonLat, toLonLat, transform, transformExtent } from "ol/proj.js";
import { register } from "ol/proj/proj4.js";
import VectorSource from "ol/source/Vector.js";
import proj4 from "proj4";
import { parcelRef } from "../parcel_ref.js";
import { readHash } from "../portal/address.js";
import { parcelLabels } from "../portal/labels.js";
import { layer } from "../portal/layers.js";
import { rasterLayers } from "../portal/rasters.js";
import { config, number, t } from "../portal/page.js";
import { lost, onBack } from "../portal/recovery.js";
import { unitStyle } from "../portal/styles.js";
import { onGrid } from "./coordinates.js";
import { chosenStyle, cutStyle, faultStyle, neighbourStyle, pieceStyle, tileStyle } from "./styles.js";

const fallback = [106.0, 10.5, 107.6, 12.3];
const world = "EPSG:3857";
const mostTiles = 200;
const chooseZoom = 15;
const snapPixels = 12;
const framing = [70, 60, 60, 60];
const closest = 21;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function createMap(target) {
  const { code } = config.working;
  proj4.defs(code, config.working.proj4);
  register(proj4);
  const format = new GeoJSON();
  const units = layer("units", config.tiles.units, unitStyle);
  const parcels = layer("parcels", config.tiles.parcels, tileStyle);
  const rasters = rasterLayers(config, code);
  const loaded = loadedFeatures(parcels, code);
  const labels = parcelLabels(loaded, (point) => transform(point, world, code));
  const sources = Object.fromEntries(["neighbours", "chosen", "pieces", "cut", "fault"].map((name) => [name, new VectorSource()]));
  const styles = { neighbours: neighbourStyle, chosen: chosenStyle, pieces: pieceStyle, cut: cutStyle, fault: faultStyle };
  const view = new View({ projection: code, minZoom: 4, maxZoom: 25, constrainResolution: false, enableRotation: false });
  const ol = new OlMap({
    target,
    view,
    controls: [new ScaleLine({ minWidth: 70 })],
    layers: [
      units,
      ...Object.values(rasters).reverse(), // the first of the list lies on top
      parcels,
      labels.layer,
      ...Object.entries(sources).map(([name, source]) => new VectorLayer({ source, style: styles[name], updateWhileAnimating: true })),
    ],
  });
  let drawing = null;

  let stale = true;
  ol.on("moveend", () => { stale = true; keepAddress(); });
  ol.on("rendercomplete", () => {
    if (!stale) return;
    stale = false;
    labels.refresh(view, ol.getSize());
  });
  for (const each of [units, parcels]) {
    each.getSource().on("tileloadend", () => { stale = true; });
    each.getSource().on("tileloaderror", lost);
  }
  for (const each of Object.values(rasters)) each.getSource().on("tileloaderror", lost);
  onBack(() => parcels.getSource().refresh());

  const animation = () => ({ duration: calm.matches ? 0 : 300 });
  const read = (geometry, crs) => format.readGeometry(geometry, { dataProjection: crs ?? "EPSG:4326", featureProjection: code });

  // An address with a place, then the parcel the page was opened with, then where the map stood last.
  function place() {
    const given = document.querySelector(".inspector[data-box]")?.dataset.box.split(",").map(Number);
    const asked = readHash() ?? (given ? null : readHash(lastPlace()));
    if (asked) {
      view.setCenter(fromLonLat([asked.lon, asked.lat], code));
      view.setZoom(asked.zoom);
    } else {
      const bounds = given ?? config.start ?? config.tiles.units?.bounds ?? fallback;
      view.fit(transformExtent(bounds, "EPSG:4326", code), { padding: given ? framing : [20, 20, 20, 20], maxZoom: given ? closest : 18 });
    }
  }

  function keepAddress() {
    const [lon, lat] = toLonLat(view.getCenter(), code);
    const hash = `#map=${view.getZoom().toFixed(2)}/${lat.toFixed(7)}/${lon.toFixed(7)}`;
    history.replaceState(history.state, "", location.pathname + location.search + hash);
    keepPlace(hash);
  }

  const api = {
    ol,

    /** Call back with lon/lat of a tap while nothing is drawn; far out, a tap first comes nearer. */
    onTap(listener) {
      const answer = (coordinate) => {
        if (drawing) return;
        if (view.getZoom() >= chooseZoom) listener(toLonLat(coordinate, code));
        else view.animate({ center: coordinate, zoom: chooseZoom + 2, ...animation() });
      };
      ol.on("singleclick", ({ coordinate }) => answer(coordinate));
      target.addEventListener("keydown", (event) => { if (event.key === "Enter") answer(view.getCenter()); });
    },

    /** Call back with the pointer's place in the working system. */
    onMove: (listener) => ol.on("pointermove", ({ coordinate }) => listener(coordinate)),

    /** Show a parcel and those who touch it; all in the working system. */
    choose(parcel, neighbours = [], { fit = true } = {}) {
      api.clear();
      if (!parcel?.geometry) return;
      const feature = new Feature(read(parcel.geometry, code));
      sources.chosen.addFeature(feature);
      sources.neighbours.addFeatures(neighbours.filter((each) => each.geometry).map((each) => new Feature(read(each.geometry, code))));
      if (fit) api.fit(feature.getGeometry());
    },

    /** Show planned pieces, [{geometry, label}], `instead` of a parcel. */
    showPieces(pieces, crs, instead = null) {
      loaded.hide(instead);
      labels.refresh(view, ol.getSize());
      sources.pieces.clear();
      sources.pieces.addFeatures(pieces.filter((each) => each.geometry).map((each, order) =>
        new Feature({ geometry: read(each.geometry, crs), label: each.label, order })));
    },

    /** Show where a fault lies, and bring it into view. */
    showFault(geometry, crs) {
      sources.fault.clear();
      if (!geometry?.type) return;
      const shape = read(geometry, crs);
      sources.fault.addFeature(new Feature(shape));
      if (!intersects(view.calculateExtent(ol.getSize()), shape.getExtent())) api.fit(shape);
    },

    showCut(points) {
      sources.cut.clear();
      if (points?.length > 1) sources.cut.addFeature(new Feature(new LineString(points)));
    },

    clear() {
      loaded.hide(null);
      Object.values(sources).forEach((source) => source.clear());
    },

    /** Let the officer draw a line that snaps to corners and edges around; call back with points on the grid. */
    draw({ done, given }) {
      api.stopDrawing();
      sources.cut.clear();
      const draw = new Draw({ source: sources.cut, type: "LineString", stopClick: true, style: cutStyle });
      const snaps = [sources.chosen, sources.neighbours, sources.pieces].map((source) =>
        new Snap({ source, intersection: true, pixelTolerance: snapPixels }));
      draw.on("drawend", ({ feature }) => {
        const points = feature.getGeometry().getCoordinates().map((point) => point.slice(0, 2).map(onGrid));
        setTimeout(() => done(points));
      });
      draw.on("drawabort", () => given?.(null));
      draw.on("drawstart", ({ feature }) => feature.getGeometry().on("change", ({ target: line }) => given?.(line)));
      ol.addInteraction(draw);
      snaps.forEach((snap) => ol.addInteraction(snap)); // last, or a click is not moved to the corner
      drawing = { draw, snaps };
      target.classList.add("drawing");
    },

    stopDrawing() {
      if (!drawing) return;
      drawing.draw.abortDrawing();
      [drawing.draw, ...drawing.snaps].forEach((each) => ol.removeInteraction(each));
      drawing = null;
      target.classList.remove("drawing");
    },
    isDrawing: () => drawing !== null,
    takeBackPoint: () => drawing?.draw.removeLastPoint(),
    finishLine: () => drawing?.draw.finishDrawing(),

    /** Ask for the tiles again: the register has changed. */
    refresh() {
      loaded.forget();
      parcels.getSource().refresh();
      stale = true;
    },

    showRaster(name, visible, opacity) {
      rasters[name].setVisible(visible);
      rasters[name].setOpacity(opacity);
    },

    fit: (geometry) => view.fit(geometry, { padding: framing, maxZoom: closest, ...animation() }),
    goTo: (lonLat, zoom) => view.animate({ center: fromLonLat(lonLat, code), zoom, ...animation() }),
    fitBox: (bbox) => view.fit(transformExtent(bbox, "EPSG:4326", code), { padding: [40, 40, 40, 40], maxZoom: 19, ...animation() }),
    focus: () => target.focus({ preventScroll: true }),
    zoomBy: (step) => view.animate({ zoom: view.getZoom() + step, ...animation() }),
    pixelOf: (point) => ol.getPixelFromCoordinate(point),

    /** Keep what matters clear of the sheet that covers the lower part of a phone's screen. */
    setPadding() {
      const sheet = document.getElementById("panel");
      const covers = getComputedStyle(sheet).position === "absolute" && document.body.classList.contains("has-answer");
      view.padding = covers ? [64, 0, Math.min(sheet.offsetHeight, target.offsetHeight * 0.6), 0] : [0, 0, 0, 0];
    },
  };

  document.getElementById("zoom-in").addEventListener("click", () => api.zoomBy(1));
  document.getElementById("zoom-out").addEventListener("click", () => api.zoomBy(-1));
  api.setPadding();
  place();
  return api;
}

// OpenLayers looks for a tile's features in the view's system, but a reprojected tile keeps them in its own:
// so we keep what came, and answer in the tile's system.
function loadedFeatures(tiles, code) {
  let hidden = null;
  const source = tiles.getSource();
  const grid = source.getTileGrid();
  const kept = new Map();
  source.on("tileloadend", ({ tile }) => {
    kept.set(tile.tileCoord.join("/"), { z: tile.tileCoord[0], box: grid.getTileCoordExtent(tile.tileCoord), features: tile.getFeatures() });
    if (kept.size > mostTiles) kept.delete(kept.keys().next().value);
  });
  return {
    getVisible: () => tiles.getVisible(),
    getFeaturesInExtent(extent) {
      const box = transformExtent(extent, code, world);
      const near = [...kept.values()].filter((tile) => intersects(tile.box, box));
      const deepest = Math.max(...near.map((tile) => tile.z));
      return near.filter((tile) => tile.z === deepest).flatMap((tile) => tile.features)
        .filter((feature) => intersects(feature.getExtent(), box) && !(hidden && parcelRef(feature.getProperties()) === hidden));
    },
    /** Leave out the label of a parcel whose pieces bear their own. */
    hide(ref) { hidden = ref; },
    forget: () => kept.clear(),
  };
}

/** Write the length of a line being drawn: its last part and all of it. */
export function lengthsOf(line) {
  const points = line.getCoordinates();
  if (points.length < 2) return "";
  const [a, b] = points.slice(-2);
  return t("drawnLength", { last: number(Math.hypot(b[0] - a[0], b[1] - a[1]), 2), all: number(line.getLength(), 2) });
}

// Where the map stood last, in this browser: an officer goes on in the same commune. Storage may be closed to us.
const placeKey = "landsvc.office.map";

function lastPlace() {
  try {
    return localStorage.getItem(placeKey) ?? "";
  } catch {
    return "";
  }
}

function keepPlace(hash) {
  try {
    localStorage.setItem(placeKey, hash);
  } catch {
    // Then the next visit begins with the whole province.
  }
}

function intersects(box, other) {
  return box[0] <= other[2] && box[2] >= other[0] && box[1] <= other[3] && box[3] >= other[1];
}

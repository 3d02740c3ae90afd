// The map of the workspace: everything in metres of the working system, so that no corner goes through degrees.
import OlMap from "ol/Map.js";
import View from "ol/View.js";
import ScaleLine from "ol/control/ScaleLine.js";
import Feature from "ol/Feature.js";
import GeoJSON from "ol/format/GeoJSON.js";
import LineString from "ol/geom/LineString.js";
import Point from "ol/geom/Point.js";
import VectorLayer from "ol/layer/Vector.js";
import { fromLonLat, toLonLat, transform, transformExtent } from "ol/proj.js";
import { register } from "ol/proj/proj4.js";
import VectorSource from "ol/source/Vector.js";
import proj4 from "proj4";
import { parcelRef } from "../parcel_ref.js";
import { readHash } from "../portal/address.js";
import { parcelLabels, unitLabels } from "../portal/labels.js";
import { layer } from "../portal/layers.js";
import { rasterLayers } from "../portal/rasters.js";
import { config } from "../portal/page.js";
import { lost, onBack } from "../portal/recovery.js";
import { unitStyle } from "../portal/styles.js";
import { createDrawing } from "./drawing.js";
import { plannedLayer } from "./planned.js";
import { chosenStyle, cutStyle, faultStyle, markedStyle, neighbourStyle, pastStyle, pieceStyle, pointStyle, tileStyle } from "./styles.js";

const fallback = [106.0, 10.5, 107.6, 12.3];
const world = "EPSG:3857";
const mostTiles = 200;
const chooseZoom = 15;
const margin = 60; // pixels around what is brought into view
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
  const toView = (point) => transform(point, world, code);
  const labels = parcelLabels(loaded, toView);
  const names = unitLabels(loadedFeatures(units, code), toView);
  const planned = plannedLayer(code);
  const sources = Object.fromEntries(["neighbours", "chosen", "past", "pieces", "marked", "points", "cut", "fault"].map((name) => [name, new VectorSource()]));
  const styles = { neighbours: neighbourStyle, chosen: chosenStyle, past: pastStyle, pieces: pieceStyle, marked: markedStyle, points: pointStyle, cut: cutStyle, fault: faultStyle };
  const view = new View({ projection: code, minZoom: 4, maxZoom: 25, constrainResolution: false, enableRotation: false });
  const ol = new OlMap({
    target,
    view,
    controls: [new ScaleLine({ minWidth: 70 })],
    layers: [
      units,
      ...Object.values(rasters).reverse(), // the first of the list lies on top
      parcels,
      planned.layer,
      labels.layer,
      names.layer,
      ...Object.entries(sources).map(([name, source]) => new VectorLayer({ source, style: styles[name], updateWhileAnimating: true })),
    ],
  });
  const drawing = createDrawing(ol, sources.cut, [sources.points, sources.chosen, sources.marked, sources.neighbours, sources.pieces]);

  let stale = true;
  ol.on("moveend", () => { stale = true; keepAddress(); planned.look(view, ol.getSize()); });
  ol.on("rendercomplete", () => {
    if (!stale) return;
    stale = false;
    labels.refresh(view, ol.getSize());
    names.refresh(view, ol.getSize());
  });
  for (const each of [units, parcels]) {
    each.getSource().on("tileloadend", () => { stale = true; });
    each.getSource().on("tileloaderror", lost);
  }
  for (const each of Object.values(rasters)) each.getSource().on("tileloaderror", lost);
  onBack(() => parcels.getSource().refresh());

  // The tool bar covers the upper edge: one row of it, or two.
  const framing = () => [document.getElementById("toolbar").offsetHeight + 40, margin, margin, margin];
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
      view.fit(transformExtent(bounds, "EPSG:4326", code), { padding: given ? framing() : [20, 20, 20, 20], maxZoom: given ? closest : 18 });
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

    /** Call back with lon/lat of a tap while nothing is drawn, whether Shift was held, and the planned piece there. */
    onTap(listener) {
      const answer = (coordinate, shift) => {
        if (drawing.isOn()) return;
        const piece = sources.pieces.getFeaturesAtCoordinate(coordinate)[0]?.get("ref");
        if (view.getZoom() >= chooseZoom) listener(toLonLat(coordinate, code), { shift, piece });
        else view.animate({ center: coordinate, zoom: chooseZoom + 2, ...animation() }); // far out, a tap first comes nearer
      };
      ol.on("singleclick", ({ coordinate, originalEvent }) => answer(coordinate, originalEvent.shiftKey));
      target.addEventListener("keydown", (event) => { if (event.key === "Enter") answer(view.getCenter(), event.shiftKey); });
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

    /** Show planned pieces, [{ref, geometry, label}], `instead` of the parcels of these names. */
    showPieces(pieces, crs, instead = new Set()) {
      loaded.hide(instead);
      labels.refresh(view, ol.getSize());
      sources.pieces.clear();
      sources.pieces.addFeatures(pieces.filter((each) => each.geometry).map((each, order) =>
        new Feature({ geometry: read(each.geometry, crs), ref: each.ref, label: each.label, order })));
      api.mark([]);
    },

    /** Bring the planned pieces into view. */
    fitPieces() {
      const extent = sources.pieces.getExtent();
      if (extent && Number.isFinite(extent[0])) api.fit(extent);
    },

    /** What confirmed splits plan: `refresh()` when it may have changed, `hide(draft)` that of the draft on the screen. */
    planned: {
      hide: planned.hide,
      refresh: () => planned.look(view, ol.getSize(), { anew: true }),
    },

    /** Show where a fault lies, and bring it into view. */
    showFault(geometry, crs) {
      sources.fault.clear();
      if (!geometry?.type) return;
      const shape = read(geometry, crs);
      sources.fault.addFeature(new Feature(shape));
      if (!intersects(view.calculateExtent(ol.getSize()), shape.getExtent())) api.fit(shape);
    },

    /** Show how a parcel was, beside what it is; nothing for null. */
    showPast(geometry) {
      sources.past.clear();
      if (geometry) sources.past.addFeature(new Feature(read(geometry, code)));
    },

    /** Set off what is chosen beside the first parcel, or among the pieces. */
    mark(geometries) {
      sources.marked.clear();
      sources.marked.addFeatures(geometries.filter(Boolean).map((geometry) => new Feature(read(geometry, code))));
    },

    /** Show named points in their order, and the way around them; bring them into view. */
    showPoints(points) {
      sources.points.clear();
      if (!points.length) return;
      const way = points.map((point) => point.working);
      const line = new Feature(new LineString([...way, way[0]]));
      sources.points.addFeatures([line, ...way.map((at, index) => new Feature({ geometry: new Point(at), label: String(index + 1) }))]);
      if (!intersects(view.calculateExtent(ol.getSize()), line.getGeometry().getExtent())) api.fit(line.getGeometry());
    },

    /** Number corners as the list of a form does. */
    showCorners(corners) {
      sources.points.clear();
      sources.points.addFeatures(corners.map((at, index) => new Feature({ geometry: new Point(at), label: String(index + 1) })));
    },

    showCut(points) {
      sources.cut.clear();
      sources.points.clear();
      if (points?.length > 1) sources.cut.addFeature(new Feature(new LineString(points)));
    },

    clear() {
      loaded.hide(new Set());
      Object.values(sources).forEach((source) => source.clear());
    },

    /** Let the officer draw ("line", "move", "point", "polygon"); `done` gets the points, on the grid. */
    draw: drawing.begin,
    stopDrawing: drawing.stop,
    isDrawing: drawing.isOn,
    canFinish: drawing.canFinish,
    takeBackPoint: drawing.takeBack,
    finishLine: drawing.finish,

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

    fit: (geometry) => view.fit(geometry, { padding: framing(), maxZoom: closest, ...animation() }),
    goTo: (lonLat, zoom) => view.animate({ center: fromLonLat(lonLat, code), zoom, ...animation() }),
    fitBox: (bbox) => view.fit(transformExtent(bbox, "EPSG:4326", code), { padding: [40, 40, 40, 40], maxZoom: 19, ...animation() }),
    focus: () => target.focus({ preventScroll: true }),
    zoomBy: (step) => view.animate({ zoom: view.getZoom() + step, ...animation() }),
    pixelOf: (point) => ol.getPixelFromCoordinate(point),

    /** Keep what matters clear of the sheet that covers the lower part of a phone's screen. */
    setPadding() {
      const sheet = document.getElementById("panel");
      const covers = getComputedStyle(sheet).position === "absolute" && document.body.matches(".has-answer, .has-drafts");
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
  let hidden = new Set();
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
        .filter((feature) => intersects(feature.getExtent(), box) && !hidden.has(parcelRef(feature.getProperties())));
    },
    /** Leave out the labels of parcels whose pieces bear their own. */
    hide(refs) { hidden = refs; },
    forget: () => kept.clear(),
  };
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

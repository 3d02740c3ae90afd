// The map itself: our own vector tiles in OpenLayers, and the few verbs the rest of the page needs.
import OlMap from "ol/Map.js";
import View from "ol/View.js";
import ScaleLine from "ol/control/ScaleLine.js";
import GeoJSON from "ol/format/GeoJSON.js";
import { circular } from "ol/geom/Polygon.js";
import Point from "ol/geom/Point.js";
import Feature from "ol/Feature.js";
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import { fromLonLat, toLonLat, transformExtent } from "ol/proj.js";
import { parcelRef, unitRef } from "../parcel_ref.js";
import { keepAddress, viewFromAddress } from "./address.js";
import { parcelLabels, unitLabels } from "./labels.js";
import { tileLayers } from "./layers.js";
import { rasterLayers } from "./rasters.js";
import { lost, onBack } from "./recovery.js";
import { say, t } from "./page.js";
import { highlightStyle, pastStyle, positionStyle } from "./styles.js";

const world = "EPSG:3857";
const parcelZoom = 14;
const answerZoom = 17;
const leastCircleM = 100; // what a place without accuracy shows around itself
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function createMap(target, config) {
  const { units, ...layers } = tileLayers(config);
  const rasters = rasterLayers(config);
  const marked = new VectorSource();
  const position = new VectorSource();
  const labels = [unitLabels(units), parcelLabels(layers.parcels)];
  const view = new View({ projection: world, minZoom: 4, maxZoom: 21, constrainResolution: false, enableRotation: false });
  const ol = new OlMap({
    target,
    view,
    controls: [new ScaleLine({ minWidth: 70 })],
    layers: [
      units,
      ...Object.values(rasters).reverse(), // the first of the list lies on top
      ...Object.values(layers),
      new VectorLayer({ source: marked, style: highlightStyle, updateWhileAnimating: true }),
      ...labels.map((each) => each.layer),
      new VectorLayer({ source: position, style: positionStyle }),
    ],
  });
  const settled = [];
  const torn = new Set(); // layers with a tile that did not come

  // Labels, legend and list follow the tiles on the screen. They are known once the map has drawn them;
  // drawing the labels ends in the same event, so only new tiles or a new view ask for another pass.
  let stale = true;
  ol.on("moveend", () => { stale = true; });
  ol.on("rendercomplete", () => {
    if (!stale) return;
    stale = false;
    refresh();
  });
  function refresh() {
    labels.forEach((each) => each.refresh(view, ol.getSize()));
    settled.forEach((listener) => listener());
  }
  for (const layer of [units, ...Object.values(layers)]) {
    layer.getSource().on("tileloadend", () => { stale = true; });
    layer.getSource().on("tileloaderror", () => { torn.add(layer); lost(); });
  }
  // A picture that does not come is no sign that the service is gone: the file may be missing.
  for (const layer of Object.values(rasters)) {
    layer.getSource().on("tileloaderror", () => torn.add(layer));
  }
  onBack(() => {
    torn.forEach((layer) => layer.getSource().refresh());
    torn.clear();
  });

  const animation = () => ({ duration: calm.matches ? 0 : 350 });
  const extent = () => view.calculateExtent(ol.getSize());
  const api = {
    ol,
    onSettled: (listener) => settled.push(listener),

    /** Call back with the lon/lat of a tap; far out, a tap first comes nearer. */
    onTap(listener) {
      ol.on("singleclick", ({ coordinate }) => answerAt(coordinate));
      target.addEventListener("keydown", (event) => {
        if (event.key === "Enter") answerAt(view.getCenter());
      });
      function answerAt(coordinate) {
        if (view.getZoom() >= parcelZoom) listener(toLonLat(coordinate));
        else {
          view.animate({ center: coordinate, zoom: answerZoom, ...animation() });
          say(t("zoomToTap"));
        }
      }
    },

    /** Mark a parcel; one of the past is dashed, for the boundaries around it are today's. */
    highlight(geometry, { fit = false, past = false } = {}) {
      marked.clear();
      if (!geometry) return;
      const feature = new GeoJSON().readFeature({ type: "Feature", geometry }, { featureProjection: world });
      if (past) feature.setStyle(pastStyle);
      marked.addFeature(feature);
      if (fit) view.fit(feature.getGeometry(), { maxZoom: 19, padding: [60, 40, 60, 40], ...animation() });
    },

    /** Mark a place, with a circle where it is known to `accuracyM` only. */
    showPosition(lonLat, accuracyM, { fit = true } = {}) {
      const circle = circular(lonLat, Math.max(accuracyM, leastCircleM), 64).transform("EPSG:4326", world);
      position.clear();
      if (accuracyM) position.addFeature(new Feature(circle));
      position.addFeature(new Feature(new Point(fromLonLat(lonLat))));
      if (fit) view.fit(circle, { maxZoom: 19, padding: [60, 40, 60, 40], ...animation() });
    },
    hidePosition: () => position.clear(),

    goTo: (lonLat, zoom) => view.animate({ center: fromLonLat(lonLat), zoom, ...animation() }),
    fitBox: (bbox) =>
      view.fit(transformExtent(bbox, "EPSG:4326", world), { padding: [40, 40, 40, 40], maxZoom: 18, ...animation() }),
    focus: () => target.focus({ preventScroll: true }),
    zoomBy: (step) => view.animate({ zoom: view.getZoom() + step, ...animation() }),
    showLayer(name, visible) {
      layers[name].setVisible(visible);
      stale = true;
    },
    showRaster(name, visible, opacity) {
      rasters[name].setVisible(visible);
      rasters[name].setOpacity(opacity);
    },
    setZoneOpacity: (share) => layers.zones.setOpacity(share),

    /** Keep what matters clear of the sheet that covers the lower part of a phone's screen. */
    setPadding() {
      const sheet = document.getElementById("panel");
      const covers = getComputedStyle(sheet).position === "absolute" && document.body.classList.contains("has-answer");
      view.padding = covers ? [64, 0, Math.min(sheet.offsetHeight, target.offsetHeight * 0.6), 0] : [0, 0, 0, 0];
    },

    zonesInView() {
      const seen = new Map();
      if (!layers.zones.getVisible()) return [];
      for (const feature of layers.zones.getFeaturesInExtent(extent())) {
        const code = feature.get("use") ?? feature.get("code");
        if (code && !seen.has(code)) seen.set(code, { code, name: feature.get("name"), color: layers.zones.get("colorOf")(feature) });
      }
      return [...seen.values()].sort((a, b) => a.code.localeCompare(b.code));
    },

    parcelsInView() {
      const seen = new Map();
      if (!layers.parcels.getVisible() || view.getZoom() < parcelZoom) return [];
      for (const feature of layers.parcels.getFeaturesInExtent(extent())) {
        const id = feature.getId();
        const ref = parcelRef(feature.getProperties());
        if (ref && !seen.has(id)) seen.set(id, { ...feature.getProperties(), ref, link: unitRef(id) });
      }
      return [...seen.values()].sort((a, b) => String(a.ref).localeCompare(String(b.ref), undefined, { numeric: true }));
    },
  };

  document.getElementById("zoom-in").addEventListener("click", () => api.zoomBy(1));
  document.getElementById("zoom-out").addEventListener("click", () => api.zoomBy(-1));
  viewFromAddress(view, config);
  keepAddress(ol, view);
  return api;
}

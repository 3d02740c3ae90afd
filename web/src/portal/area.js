// Draw an area on a small map: tap its corners, or move the map and press the button. What is drawn goes with the form.
import OlMap from "ol/Map.js";
import View from "ol/View.js";
import Feature from "ol/Feature.js";
import GeoJSON from "ol/format/GeoJSON.js";
import LineString from "ol/geom/LineString.js";
import MultiPoint from "ol/geom/MultiPoint.js";
import Polygon from "ol/geom/Polygon.js";
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import { transformExtent } from "ol/proj.js";
import { tileLayers } from "./layers.js";
import { config, t } from "./page.js";
import { highlightStyle, positionStyle } from "./styles.js";

const world = "EPSG:3857";
const fewest = 3;
const most = 100;
const format = new GeoJSON({ dataProjection: "EPSG:4326", featureProjection: world });
const field = document.getElementById("area");
const target = document.getElementById("map");
const bounds = config.start ?? config.tiles.parcels?.bounds ?? config.tiles.units?.bounds ?? [102, 8, 110, 24];
const drawn = new VectorSource();
const { units, zones, parcels } = tileLayers(config);
const ol = new OlMap({
  target,
  view: new View({ projection: world, minZoom: 4, maxZoom: 20, enableRotation: false }),
  controls: [],
  layers: [units, zones, parcels, new VectorLayer({ source: drawn, style: (feature) => (feature.getGeometry().getType() === "MultiPoint" ? positionStyle : highlightStyle) })],
});
ol.getView().fit(transformExtent(bounds, "EPSG:4326", world), { size: ol.getSize(), maxZoom: 17 });

const corners = field.value ? format.readGeometry(field.value).getCoordinates()[0].slice(0, -1) : [];

function show() {
  drawn.clear();
  const ready = corners.length >= fewest;
  const closed = ready ? new Polygon([[...corners, corners[0]]]) : null;
  if (ready) drawn.addFeature(new Feature(closed));
  else if (corners.length > 1) drawn.addFeature(new Feature(new LineString(corners)));
  if (corners.length) drawn.addFeature(new Feature(new MultiPoint(corners)));
  field.value = ready ? format.writeGeometry(closed, { decimals: 7 }) : "";
  const key = ready ? "ready" : corners.length ? "corners" : "none";
  document.getElementById("area-state").textContent = t(key, { count: corners.length });
}

function add(corner) {
  if (corners.length < most) corners.push(corner);
  show();
}

ol.on("singleclick", ({ coordinate }) => add(coordinate));
target.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault(); // the form is sent by its button
  add(ol.getView().getCenter());
});
document.getElementById("corner").addEventListener("click", () => add(ol.getView().getCenter()));
document.getElementById("undo").addEventListener("click", () => { corners.pop(); show(); });
show();
ol.once("rendercomplete", () => document.documentElement.setAttribute("data-map", "ready"));

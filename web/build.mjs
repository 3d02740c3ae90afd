// Build what the browser loads: web/src and the vendored libraries -> web/static/build.
// Every file name carries a hash of its content, so it can be cached for ever; manifest.json maps
// the plain name a template asks for to the hashed one. Each text file gets .br and .gz twins.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const root = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(root, "static/build");
const modules = path.join(root, "node_modules");
const manifest = {};

// Libraries that Folium expects as plain global scripts: plain name -> file in node_modules.
const vendored = {
  "leaflet.js": "leaflet/dist/leaflet.js",
  "jquery.js": "jquery/dist/jquery.min.js",
  "vectorgrid.js": "leaflet.vectorgrid/dist/Leaflet.VectorGrid.bundled.min.js",
  "realtime.js": "leaflet-realtime/dist/leaflet-realtime.min.js",
  "layerstree.js": "leaflet.control.layers.tree/L.Control.Layers.Tree.js",
};

function hashed(name, bytes) {
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const { name: stem, ext } = path.parse(name);
  return `${stem}-${digest}${ext}`;
}

async function keep(name, file, bytes) {
  manifest[name] = file;
  await writeFile(path.join(out, file), bytes);
}

async function bundle(options) {
  const result = await build({
    absWorkingDir: root,
    bundle: true,
    minify: true,
    target: "es2020",
    outdir: out,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    metafile: true,
    logLevel: "warning",
    legalComments: "eof",
    ...options,
  });
  for (const [file, info] of Object.entries(result.metafile.outputs)) {
    const entry = info.entryPoint && `${path.parse(info.entryPoint).name}${path.extname(file)}`;
    const source = Object.keys(info.inputs)[0];
    if (entry) manifest[entry] = path.basename(file);
    else if (options.splitting) manifest[path.basename(file)] = path.basename(file); // a part that several share
    else if (source) manifest[path.basename(source)] = path.basename(file);
    if (info.cssBundle) {
      manifest[`${path.parse(info.entryPoint).name}.css`] = path.basename(info.cssBundle);
    }
  }
}

async function vendor() {
  for (const [name, file] of Object.entries(vendored)) {
    const source = await readFile(path.join(modules, file), "utf8");
    const result = await build({
      stdin: { contents: source.replace(/\/\/# sourceMappingURL=.*/g, "") },
      minify: true,
      write: false,
      logLevel: "error",
    });
    const bytes = result.outputFiles[0].contents;
    await keep(name, hashed(name, bytes), bytes);
  }
}

async function compress() {
  for (const file of new Set(Object.values(manifest))) {
    if (!/\.(js|css)$/.test(file)) continue;
    const bytes = await readFile(path.join(out, file));
    await writeFile(path.join(out, `${file}.br`), brotliCompressSync(bytes));
    await writeFile(path.join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  }
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
// The citizen's page in parts: the map library comes after the first answer stands.
await bundle({ entryPoints: ["src/portal/portal.js"], format: "esm", splitting: true });
await bundle({ entryPoints: ["src/app/app.js", "src/portal/saved.js", "src/portal/area.js", "src/portal/waiting.js", "src/office/office.js", "src/office/print.js"], format: "esm" });
await bundle({ entryPoints: ["src/app/worker.js"], format: "iife" });
await bundle({ entryPoints: ["src/maps/maps.js"], format: "iife" });
await bundle({ entryPoints: ["src/css/site.css"], loader: { ".woff2": "file" } });
// What is printed as PDF has its own sheet: WeasyPrint reads nothing else.
await bundle({ entryPoints: ["src/css/paper.css"] });
// Folium's style sheet holds its pictures, so that a map saved as one file needs nothing else.
await bundle({ entryPoints: ["src/css/site_file.css"] });
await bundle({ entryPoints: ["src/css/folium.css"], loader: { ".png": "dataurl" } });
await vendor();
await compress();
await writeFile(path.join(out, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
console.log(`web: ${Object.keys(manifest).length} assets built`);

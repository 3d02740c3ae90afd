// Every raster under the vectors of the workspace, hidden ones too; some officers decide what the public sees.
import { config, say, t } from "../portal/page.js";
import { createRasters } from "../portal/raster_legend.js";
import { part, Problem, put } from "./api.js";

export function createOfficeRasters(map) {
  const legend = document.getElementById("legend");
  if (!legend) return;
  createRasters(map, config);
  legend.addEventListener("click", (event) => {
    const button = event.target.closest("[data-publish]");
    if (button) publish(button);
  });
}

async function publish(button) {
  const { publish: code, name } = button.dataset;
  button.disabled = true;
  try {
    const wanted = button.getAttribute("aria-pressed") !== "true";
    const found = await put(`/office/rasters/${part(code)}/visibility`, { public: wanted });
    show(button, found.public);
    say(t(found.public ? "rasterPublic" : "rasterHidden", { name }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say([error.body.title, error.body.remedy].filter(Boolean).join(" "), { lasting: true });
  } finally {
    button.disabled = false;
    button.focus();
  }
}

function show(button, isPublic) {
  button.setAttribute("aria-pressed", String(isPublic));
  for (const each of button.parentElement.querySelectorAll("[data-when]")) {
    each.hidden = (each.dataset.when === "public") !== isPublic;
  }
}

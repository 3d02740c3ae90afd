// The history of a parcel as a slider: each belief about it, drawn beside today's outline, and what changed.
import { config, day, make, moment, number, t } from "../portal/page.js";
import { get, part, Problem } from "./api.js";
import { button, heading } from "./forms.js";
import { problemBox } from "./problem.js";
import { apart, cornersOf } from "./shapes.js";

const crs = part(config.working.code);

/** Show the history of the chosen parcel in the panel; the slider asks for each state as it is needed. */
export async function showHistory({ map, panel, chosen }) {
  try {
    const { versions } = await get(`/parcels/${part(chosen.ref)}/history`);
    const states = latest(versions).sort((a, b) => a.knownFrom.localeCompare(b.knownFrom) || a.validFrom.localeCompare(b.validFrom));
    const known = new Map();
    const read = async (index) => {
      const { validFrom, knownFrom } = states[index];
      if (!known.has(index)) known.set(index, await get(`/parcels/${part(chosen.ref)}?validAt=${validFrom}&knownAt=${part(knownFrom)}&crs=${crs}`));
      return known.get(index);
    };
    open({ map, panel, chosen, states, read });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    panel.show(problemBox(error.body));
  }
}

// When a record ends a belief, the register believes it once more, with its end: told as one state, under its own document.
function latest(versions) {
  const endOf = (was) => versions.find((is) => is.validTo !== null && was.validTo === null && was.knownTo === is.knownFrom
    && was.validFrom === is.validFrom && was.closedBy?.code === is.record.code);
  const ends = new Map(versions.map((was) => [was, endOf(was)]).filter(([, is]) => is));
  const ended = new Set(ends.values());
  return versions.filter((each) => !ended.has(each)).map((was) => ({ ...was, knownTo: ends.has(was) ? ends.get(was).knownTo : was.knownTo }));
}

function open({ map, panel, chosen, states, read }) {
  const slider = make("input", { type: "range", min: 0, max: states.length - 1, value: states.length - 1, step: 1, id: "history-slider" });
  const told = make("div", { className: "history-state", role: "status" });
  const show = async () => {
    const index = Number(slider.value);
    slider.setAttribute("aria-valuetext", momentOf(states[index]));
    try {
      const [is, was] = await Promise.all([read(index), index ? read(index - 1) : null]);
      if (Number(slider.value) !== index) return;
      map.showPast(is.geometry);
      told.replaceChildren(...stateLines(states[index], is, was, index, states.length));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      told.replaceChildren(problemBox(error.body, { inner: true }));
    }
  };
  slider.addEventListener("input", show);
  const back = () => { map.showPast(null); panel.ask(chosen.ref, { push: false, fit: false }); };
  panel.show(make("article", { className: "answer draft history" }, heading(t("historyOf", { name: chosen.name })),
    make("p", { className: "hint", textContent: t("historyHint") }),
    make("label", { htmlFor: slider.id, textContent: t("historySlider", { count: states.length }) }), slider, told,
    make("p", { className: "actions" }, button(t("backToParcel"), back, { quiet: true }))));
  slider.focus();
  show();
}

const momentOf = ({ validFrom, knownFrom }) => t("historyMoment", { valid: day(validFrom), known: moment(knownFrom) });
const usesOf = (parcel) => parcel.uses.map((use) => `${use.code} ${number(use.areaM2, 1)} m²`).join(", ");

const surveyOf = ({ method, surveyedOn, crs: system, accuracyM }) => t("historySurvey", {
  facts: [t(`method.${method}`), surveyedOn && day(surveyedOn), system, accuracyM && `± ${number(accuracyM, 2)} m`].filter(Boolean).join(", "),
});

function stateLines(state, is, was, index, count) {
  const { record } = state;
  const lines = [
    make("h3", { textContent: t("historyNo", { no: index + 1, count }) }),
    make("p", { textContent: momentOf(state) }),
    make("p", { className: "hint", textContent: [record.title, record.docNo ?? record.code, record.authority].filter(Boolean).join(" · ") }),
  ];
  if (state.survey) lines.push(make("p", { className: "hint", textContent: surveyOf(state.survey) }));
  if (state.knownTo) lines.push(make("p", { className: "hint", textContent: t("historyCorrected", { day: day(state.knownTo) }) }));
  const changes = was ? differences(was, is) : [];
  lines.push(make("h4", { textContent: t("historyChanges") }), make("ul", { className: "plain" },
    ...(changes.length ? changes : [t(was ? "historySame" : "historyFirst")]).map((textContent) => make("li", { textContent }))));
  return lines;
}

/** Say what differs between two states: areas, uses, numbers, corners. */
function differences(was, is) {
  const said = [];
  const compare = (key, before, after) => { if (before !== after) said.push(t(`diff.${key}`, { before, after })); };
  const m2 = (value, digits) => (value == null ? "–" : `${number(value, digits)} m²`);
  compare("ref", was.ref ?? "–", is.ref ?? "–");
  compare("legal", m2(was.legalAreaM2, 1), m2(is.legalAreaM2, 1));
  compare("measured", m2(was.computedAreaM2, 3), m2(is.computedAreaM2, 3));
  compare("uses", usesOf(was), usesOf(is));
  if (was.geometry && is.geometry) {
    const [before, after] = [cornersOf(was.geometry), cornersOf(is.geometry)];
    const gone = before.filter((corner) => !after.some((each) => apart(corner, each) === 0)).length;
    const come = after.filter((corner) => !before.some((each) => apart(corner, each) === 0)).length;
    if (gone || come) said.push(t("diff.corners", { gone, come }));
  }
  return said;
}

// What the panel shows of a draft: the line to draw, the preview with its report, the commit form, the result.
import { config, make, number, t } from "../portal/page.js";
import { part } from "./api.js";
import { problemBox } from "./problem.js";
import { reportList, summary } from "./report.js";

const area = (value, digits) => (value == null ? "–" : `${number(value, digits)} m²`);
const plain = (value, digits) => (value == null ? "–" : number(value, digits));
const nameOf = (unit) => unit.ref ?? unit.code ?? "–";

function heading(text, ...rest) {
  return make("header", {}, make("h2", { tabIndex: -1, textContent: text }), ...rest);
}

function button(text, action, { quiet = false, type = "button" } = {}) {
  const made = make("button", { type, className: quiet ? "quiet" : "button", textContent: text });
  if (action) made.addEventListener("click", action);
  return made;
}

function field(name, label, { type = "text", required = false, hint = "", value = "" } = {}) {
  const input = make("input", { id: `field-${name}`, name, type, required, value, maxLength: 300 });
  const box = make("div", { className: "field" }, make("label", { htmlFor: input.id, textContent: label }), input);
  if (hint) {
    const note = make("span", { className: "hint", id: `hint-${name}`, textContent: hint });
    input.setAttribute("aria-describedby", note.id);
    box.append(note);
  }
  return box;
}

/** The tool waits for a line: how to draw it, and a place to type it. */
export function drawView({ name, problem, typed = "", onTyped, onCancel }) {
  const box = make("textarea", { id: "typed-line", rows: 4, spellcheck: false, value: typed, placeholder: "1275706.940 568850.120" });
  const fault = make("p", { className: "field-fault", role: "alert", id: "typed-fault" });
  box.setAttribute("aria-describedby", "typed-hint typed-fault");
  const form = make("form", { className: "typed" },
    make("label", { htmlFor: "typed-line", textContent: t("typedLabel") }), box,
    make("p", { className: "hint", id: "typed-hint", textContent: t("typedHint", { system: config.working.name }) }), fault,
    make("p", { className: "actions" }, button(t("useLine"), null, { type: "submit" }), button(t("cancel"), onCancel, { quiet: true })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fault.textContent = onTyped(box.value) ?? "";
    if (fault.textContent) box.focus();
  });
  const steps = make("ol", { className: "steps" }, ...[t("drawStep1"), t("drawStep2"), t("drawStep3")].map((textContent) => make("li", { textContent })));
  return make("article", { className: "answer draft" },
    heading(t("splitTitle", { name })), ...(problem ? [inner(problem)] : []), steps, form);
}

function inner(problem) {
  const box = problemBox(problem);
  box.classList.add("inner");
  const title = box.querySelector("h2");
  title.replaceWith(make("h3", { textContent: title.textContent }));
  return box;
}

/** The server's preview: areas before and after, what else moves, the report, and what to do next. */
export function previewView(preview, actions) {
  const { before, after, noded, report, committable, rebased } = preview;
  const rows = [
    ...before.map((unit) => row(unit, t("before"))),
    ...after.map((unit, index) => row(unit, t("after"), button(t("splitAgain"), () => actions.again(unit), { quiet: true }), index)),
  ];
  const table = make("table", { className: "areas" },
    make("thead", {}, make("tr", {}, ...[t("parcel"), t("registeredM2"), t("measuredM2"), ""].map((text) => make("th", { scope: "col", textContent: text })))),
    make("tbody", {}, ...rows, totalRow(before, after)));
  const article = make("article", { className: "answer draft" },
    heading(t("previewTitle"), make("p", { className: "place", textContent: t("draftName", { draft: preview.draft }) })),
    make("p", { className: `verdict ${committable ? "verdict-good" : "verdict-bad"}` },
      make("span", { className: `mark mark-${committable ? "pass" : "fail"}`, "aria-hidden": "true", textContent: committable ? "✓" : "✕" }),
      `${committable ? t("committable") : t("notCommittable")} ${summary(report)}`),
    make("div", { className: "scroll" }, table));
  for (const each of rebased ?? []) article.append(make("p", { className: "hint", textContent: t("rebased", { ref: each.ref }) }));
  for (const each of noded ?? []) article.append(make("p", { className: "hint", textContent: nodedLine(each) }));
  article.append(
    make("section", {}, make("h3", { textContent: t("rules") }), reportList(report, (geometry) => actions.show(geometry, preview.crs))),
    make("p", { className: "actions" }, button(t("undoLast"), actions.undo, { quiet: true }), button(t("withdraw"), actions.withdraw, { quiet: true })));
  if (committable) article.append(commitForm(actions.commit));
  return article;
}

function nodedLine({ ref, kind, movedMm }) {
  const mm = number(movedMm, 2);
  return kind === "object" ? t("nodedObject", { mm }) : t("noded", { ref: ref ?? "–", mm });
}

function row(unit, when, last, index) {
  return make("tr", { className: index == null ? "was" : `piece piece-${index % 5}` },
    make("th", { scope: "row" }, nameOf(unit), make("small", { textContent: when })),
    make("td", { textContent: plain(unit.legalAreaM2, 1) }), make("td", { textContent: plain(unit.measuredAreaM2, 3) }),
    make("td", {}, ...(last ? [last] : [])));
}

function totalRow(before, after) {
  const sum = (units, key) => (units.some((unit) => unit[key] == null) ? null : units.reduce((all, unit) => all + unit[key], 0));
  const cell = (key, digits) => {
    const [was, is] = [sum(before, key), sum(after, key)];
    if (was == null || is == null) return make("td", { textContent: "–" });
    const change = Number((is - was).toFixed(3));
    return make("td", {}, plain(is, digits), make("small", { textContent: `${change < 0 ? "−" : "+"}${number(Math.abs(change), 3)}` }));
  };
  return make("tr", { className: "sum" }, make("th", { scope: "row" }, t("sumAfter"), make("small", { textContent: t("change") })),
    cell("legalAreaM2", 1), cell("measuredAreaM2", 3), make("td", {}));
}

function commitForm(commit) {
  const form = make("form", { className: "commit" },
    make("h3", { textContent: t("commitTitle") }),
    make("p", { className: "hint", textContent: t("commitHint") }),
    field("docNo", t("docNo")), field("docOn", t("docOn"), { type: "date" }), field("authority", t("authority")),
    field("reason", t("reason"), { hint: t("reasonHint") }),
    make("p", { className: "field-fault", role: "alert" }),
    make("p", { className: "actions" }, button(t("commit"), null, { type: "submit" })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
    const grounded = given.docNo || given.reason;
    form.querySelector(".field-fault").textContent = grounded ? "" : t("groundNeeded");
    if (!grounded) form.querySelector("input").focus();
    else commit(given);
  });
  return form;
}

/** What a commit wrote: transaction, record, old and new parcels, and what to print. */
export function resultView(result) {
  const code = result.transaction && make("a", { href: `/office/transactions/${part(result.transaction)}`, textContent: result.transaction });
  const facts = make("dl", { className: "facts" },
    ...[[t("transaction"), code], [t("record"), result.record], [t("oldParcels"), result.before.map(nameOf).join(", ")]]
      .filter(([, value]) => value)
      .map(([label, value]) => make("div", {}, make("dt", { textContent: label }), make("dd", {}, value))));
  const made = make("ul", { className: "made" }, ...result.after.map((unit) => {
    const ref = nameOf(unit);
    const link = unit.code ?? ref;
    const open = make("a", { href: `/office?parcel=${part(link)}`, textContent: ref });
    open.dataset.parcel = link;
    return make("li", {}, open, make("span", { textContent: area(unit.legalAreaM2, 1) }),
      make("a", { className: "print", href: `/api/v1/parcels/${part(link)}/map-extract.pdf?lang=${config.language}`, textContent: t("printExtract"), "aria-label": `${t("printExtract")} ${ref}` }));
  }));
  return make("article", { className: "answer draft result" },
    heading(t("resultTitle"), make("p", { className: "verdict verdict-good" }, make("span", { className: "mark mark-pass", "aria-hidden": "true", textContent: "✓" }), t("resultText"))),
    facts, make("section", {}, make("h3", { textContent: t("newParcels") }), made),
    make("section", {}, make("h3", { textContent: t("rules") }), make("p", { textContent: summary(result.report ?? []) })));
}

/** The officer's open drafts, to go on with. */
export function draftList(drafts, { open, withdraw }) {
  if (!drafts.length) return make("p", { className: "hint", textContent: t("noDrafts") });
  return make("section", {}, make("h3", { textContent: t("openDrafts") }), make("ul", { className: "made" }, ...drafts.map((draft) =>
    make("li", {},
      button(draft.title || draft.draft, () => open(draft.draft), { quiet: true }),
      make("span", { textContent: new Date(draft.changedAt ?? draft.madeAt).toLocaleString(config.language) }),
      button(t("withdraw"), () => withdraw(draft.draft), { quiet: true })))));
}

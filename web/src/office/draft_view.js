// What the panel shows of a draft: the preview with its operations and its report, the commit form, the result.
import { config, day, make, moment, number, t } from "../portal/page.js";
import { part } from "./api.js";
import { areaTable } from "./area_table.js";
import { closing } from "./closing.js";
import { button, heading } from "./forms.js";
import { problemBox } from "./problem.js";
import { reportList, summary } from "./report.js";
import { toldList } from "./told_view.js";

const nameOf = (unit) => unit.ref ?? unit.code ?? "–";

const mark = (good) => make("span", { className: `mark mark-${good ? "pass" : "fail"}`, "aria-hidden": "true", textContent: good ? "✓" : "✕" });

/** The server's preview: areas before and after, what else moves, the report, and what to do next. */
export function previewView(preview, about, actions) {
  const { noded = [], report, committable, rebased = [], told = [] } = preview;
  const article = make("article", { className: "answer draft" },
    heading(t(about.state === "confirmed" ? "confirmedHeading" : "previewTitle"), make("p", { className: "place", textContent: t("draftName", { draft: preview.draft }) })),
    ...(about.state === "confirmed" ? [make("p", { className: "remedy", textContent: t("confirmedShort", { day: day(about.confirmedUntil) }) })] : []),
    make("p", { className: `verdict ${committable ? "verdict-good" : "verdict-bad"}` },
      mark(committable), `${committable ? t("committable") : t("notCommittable")} ${summary(report)}`),
    make("div", { className: "scroll" }, areaTable(preview, actions)));
  for (const each of rebased) article.append(make("p", { className: "hint", textContent: t("rebased", { ref: each.ref }) }));
  if (noded.length) article.append(nodedList(noded));
  article.append(
    ...toldList(told),
    make("p", { className: "actions" }, printLink(drawingOf(preview.draft), t("printDrawing"))),
    make("section", {}, make("h3", { textContent: t("rules") }), reportList(report, (geometry) => actions.show(geometry, preview.crs), actions.mend)),
    stepList(about, actions), ...closing(preview, about, actions));
  return article;
}

const drawingOf = (draft) => `/api/v1/drafts/${part(draft)}/drawing.pdf?crs=${part(config.working.code)}&lang=${config.language}`;

// What the key P prints: one after the other.
function printLink(href, text, label = text) {
  const link = make("a", { className: "print", href, target: "_blank", rel: "noopener", textContent: text, "aria-label": label });
  link.dataset.print = "";
  return link;
}

/** The draft does not go through any more: what conflicts, and the ways out. */
export function conflictView(problem, about, actions) {
  return make("article", { className: "answer draft" },
    heading(t("conflictTitle")), problemBox(problem, { inner: true }), ...whatBecame(problem),
    make("p", { className: "actions" }, button(t("lookAgain"), actions.look)),
    stepList(about, actions));
}

// A parcel that is gone: by which record, and what lies there now.
function whatBecame({ parcel, record, successors = [] }) {
  if (!record) return [];
  const links = successors.map((ref) => {
    const link = make("a", { href: `/office?parcel=${part(ref)}`, textContent: ref });
    link.dataset.parcel = ref;
    return make("li", {}, link);
  });
  return [make("p", { textContent: t("endedBy", { parcel, record }) }), make("ul", { className: "plain" }, ...links)];
}

// Many neighbours may get a corner: one line, and the list for who wants it.
function nodedList(noded) {
  const lines = noded.map(({ ref, kind, movedMm }) => {
    const mm = number(movedMm, 2);
    return kind === "object" ? t("nodedObject", { mm }) : t("noded", { ref: ref ?? "–", mm });
  });
  if (lines.length === 1) return make("p", { className: "hint", textContent: lines[0] });
  return make("details", { className: "hint" },
    make("summary", { textContent: t("nodedCount", { count: lines.length, mm: number(Math.max(...noded.map((each) => each.movedMm)), 2) }) }),
    make("ul", {}, ...lines.map((textContent) => make("li", { textContent }))));
}

/** What the draft holds, in order; the last can be taken back. */
function stepList({ operations, state, mine }, actions) {
  const lines = operations.map((each) => make("li", {}, t(`op.${each.op}`), " ",
    make("span", { className: "place", textContent: (each.parcels ?? []).map(actions.nameOf).join(", ") })));
  const section = make("section", { className: "operations" }, make("h3", { textContent: t("operations") }), make("ol", {}, ...lines));
  if (state === "open" && mine) section.append(make("p", { className: "actions" }, button(t("undoLast"), actions.undo, { quiet: true }), button(t("withdraw"), actions.withdraw, { quiet: true })));
  return section;
}

/** What a commit wrote: transaction, record, old and new parcels, and what to print. */
export function resultView(result) {
  const code = result.transaction && make("a", { href: `/office/transactions/${part(result.transaction)}`, textContent: result.transaction });
  const facts = make("dl", { className: "facts" },
    ...[[t("transaction"), code], [t("record"), result.record], [t("oldParcels"), result.before.map(nameOf).join(", ")]]
      .filter(([, value]) => value)
      .map(([label, value]) => make("div", {}, make("dt", { textContent: label }), make("dd", {}, value))));
  const changed = (result.changed ?? []).map((each) => each.after);
  const article = make("article", { className: "answer draft result" },
    heading(t("resultTitle"), make("p", { className: "verdict verdict-good" }, mark(true), t("resultText"))), facts);
  article.append(make("p", { className: "actions" }, printLink(drawingOf(result.draft), t("printDrawing"))));
  if (result.after.length) article.append(madeList(t("newParcels"), result.after));
  if (changed.length) article.append(madeList(t("changedParcels"), changed));
  article.append(make("section", {}, make("h3", { textContent: t("rules") }), make("p", { textContent: summary(result.report ?? []) })));
  return article;
}

function madeList(title, units) {
  return make("section", {}, make("h3", { textContent: title }), make("ul", { className: "made" }, ...units.map((unit) => {
    const ref = nameOf(unit);
    const link = unit.code ?? ref;
    const open = make("a", { href: `/office?parcel=${part(link)}`, textContent: ref });
    open.dataset.parcel = link;
    return make("li", {}, open, make("span", { textContent: unit.legalAreaM2 == null ? "–" : `${number(unit.legalAreaM2, 1)} m²` }),
      printLink(`/api/v1/parcels/${part(link)}/map-extract.pdf?lang=${config.language}`, t("printExtract"), `${t("printExtract")} ${ref}`));
  })));
}

/** Drafts to go on with, or to approve. */
export function draftList(title, drafts, { open, withdraw }) {
  return make("section", {}, make("h3", { textContent: title }), make("ul", { className: "made" }, ...drafts.map((draft) =>
    make("li", {},
      button(draft.title || draft.draft, () => open(draft.draft), { quiet: true }),
      make("span", { textContent: [draft.mine ? "" : draft.owner,
        draft.confirmedUntil && draft.state === "confirmed" ? t("until", { day: day(draft.confirmedUntil) }) : moment(draft.changedAt ?? draft.madeAt)].filter(Boolean).join(", ") }),
      ...(draft.mine && draft.state === "open" ? [button(t("withdraw"), () => withdraw(draft.draft), { quiet: true })] : [])))));
}

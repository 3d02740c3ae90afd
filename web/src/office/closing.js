// How a draft is brought to its end: committed by its owner; confirmed first, then carried out; or handed in, approved or
// given back by a second person.
import { config, day, make, t } from "../portal/page.js";
import { part } from "./api.js";
import { button, field } from "./forms.js";

/** Return what closes a draft, for who looks at it and the state it is in. */
export function closing(preview, about, actions) {
  const { state, mine, history = [] } = about;
  const rejected = history.filter((each) => each.action === "rejected").at(-1);
  if (state === "confirmed") return confirmed(preview, about, actions);
  if (state === "submitted") return mine ? [make("p", { className: "remedy", textContent: t("waitsForApproval") })] : decision(about, actions);
  if (!mine || state !== "open") return [];
  const back = rejected ? [make("p", { className: "remedy", textContent: t("wasRejected", { by: rejected.by ?? "", reason: rejected.reason ?? "" }) })] : [];
  return preview.committable ? [...back, groundsForm(preview.secondPerson ?? [], about.confirmable, actions)] : back;
}

function groundsForm(secondPerson, confirmable, actions) {
  const needed = secondPerson.length > 0;
  const form = make("form", { className: "commit" },
    make("h3", { textContent: t(needed ? "submitTitle" : "commitTitle") }),
    make("p", { className: "hint", textContent: needed ? t("secondPersonAsked", { rules: secondPerson.join(", ") }) : t("commitHint") }),
    ...groundFields(),
    make("p", { className: "field-fault", role: "alert" }),
    make("p", { className: "actions" },
      ...(needed ? [] : [button(t("commit"), null, { type: "submit" })]),
      ...(!needed && confirmable ? [button(t("confirmSplit"), () => send(form, actions.confirm), { quiet: true })] : []),
      needed ? button(t("submit"), null, { type: "submit" }) : button(t("submit"), () => send(form, actions.submit), { quiet: true })),
    ...(!needed && confirmable ? [make("p", { className: "hint", textContent: t("confirmHint") })] : []));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, needed ? actions.submit : actions.commit);
  });
  return form;
}

const groundFields = () => [
  field("docNo", t("docNo")), field("docOn", t("docOn"), { type: "date" }), field("authority", t("authority")),
  field("reason", t("reason"), { hint: t("reasonHint") }),
];

const givenIn = (form) => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));

function send(form, action) {
  const given = givenIn(form);
  const grounded = given.docNo || given.reason;
  form.querySelector(".field-fault").textContent = grounded ? "" : t("groundNeeded");
  if (!grounded) form.querySelector("input").focus();
  else action(given);
}

// A confirmed split: until when, under which numbers; carried out by whoever has the document that depends on it.
function confirmed({ after }, { confirmedUntil, mine }, actions) {
  const left = Math.round((Date.parse(confirmedUntil) - Date.parse(config.today)) / 86400000);
  const numbers = after.map((unit) => unit.ref).filter(Boolean).map((ref) => make("li", {},
    make("a", { href: `/planned/${part(ref)}`, target: "_blank", rel: "noopener", textContent: ref }),
    make("span", { textContent: t("plannedNumber") })));
  const box = make("section", { className: "confirmed" }, make("h3", { textContent: t("confirmedTitle") }),
    make("p", { className: left < 0 ? "remedy" : "", textContent: t(left < 0 ? "confirmedOver" : "confirmedUntil", { day: day(confirmedUntil), left }) }),
    make("ul", { className: "made" }, ...numbers));
  const parts = [box];
  if (config.officer.edits && left >= 0) parts.push(executeForm(actions));
  if (mine || config.officer.approves) parts.push(make("p", { className: "actions" }, button(t("endConfirmed"), actions.withdraw, { quiet: true })));
  return parts;
}

function executeForm(actions) {
  const form = make("form", { className: "commit" }, make("h3", { textContent: t("executeTitle") }),
    make("p", { className: "hint", textContent: t("executeHint") }), ...groundFields(),
    make("p", { className: "actions" }, button(t("execute"), null, { type: "submit" })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    actions.execute(givenIn(form));
  });
  return form;
}

// Somebody else's draft that was handed in: into the register, confirmed, or back with the reason.
function decision({ confirmable }, actions) {
  if (!config.officer.approves) return [make("p", { className: "remedy", textContent: t("waitsForApproval") })];
  const form = make("form", { className: "commit" }, make("h3", { textContent: t("decide") }),
    make("p", { className: "actions" }, button(t("approve"), actions.approve),
      ...(confirmable ? [button(t("confirmSplit"), () => actions.confirm({}), { quiet: true })] : [])),
    ...(confirmable ? [make("p", { className: "hint", textContent: t("confirmHint") })] : []),
    field("reason", t("rejectReason")),
    make("p", { className: "field-fault", role: "alert" }),
    make("p", { className: "actions" }, button(t("reject"), null, { quiet: true, type: "submit" })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = form.elements.reason.value.trim();
    form.querySelector(".field-fault").textContent = reason ? "" : t("rejectNeedsReason");
    if (reason) actions.reject({ reason });
    else form.elements.reason.focus();
  });
  return [form];
}

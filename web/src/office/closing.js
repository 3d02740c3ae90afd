// How a draft is brought to its end: committed by its owner, or handed in, approved or given back by a second person.
import { config, make, t } from "../portal/page.js";
import { button, field } from "./forms.js";

/** Return what closes a draft, for who looks at it and the state it is in. */
export function closing({ committable, secondPerson = [] }, { state, mine, history = [] }, actions) {
  const rejected = history.filter((each) => each.action === "rejected").at(-1);
  if (state === "submitted") return mine ? [make("p", { className: "remedy", textContent: t("waitsForApproval") })] : decision(actions);
  if (!mine || state !== "open") return [];
  const back = rejected ? [make("p", { className: "remedy", textContent: t("wasRejected", { by: rejected.by ?? "", reason: rejected.reason ?? "" }) })] : [];
  return committable ? [...back, groundsForm(secondPerson, actions)] : back;
}

function groundsForm(secondPerson, actions) {
  const needed = secondPerson.length > 0;
  const form = make("form", { className: "commit" },
    make("h3", { textContent: t(needed ? "submitTitle" : "commitTitle") }),
    make("p", { className: "hint", textContent: needed ? t("secondPersonAsked", { rules: secondPerson.join(", ") }) : t("commitHint") }),
    field("docNo", t("docNo")), field("docOn", t("docOn"), { type: "date" }), field("authority", t("authority")),
    field("reason", t("reason"), { hint: t("reasonHint") }),
    make("p", { className: "field-fault", role: "alert" }),
    make("p", { className: "actions" },
      ...(needed ? [] : [button(t("commit"), null, { type: "submit" })]),
      needed ? button(t("submit"), null, { type: "submit" }) : button(t("submit"), () => send(form, actions.submit), { quiet: true })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, needed ? actions.submit : actions.commit);
  });
  return form;
}

function send(form, action) {
  const given = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
  const grounded = given.docNo || given.reason;
  form.querySelector(".field-fault").textContent = grounded ? "" : t("groundNeeded");
  if (!grounded) form.querySelector("input").focus();
  else action(given);
}

// Somebody else's draft that was handed in: into the register, or back with the reason.
function decision(actions) {
  if (!config.officer.approves) return [make("p", { className: "remedy", textContent: t("waitsForApproval") })];
  const form = make("form", { className: "commit" }, make("h3", { textContent: t("decide") }),
    make("p", { className: "actions" }, button(t("approve"), actions.approve)),
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

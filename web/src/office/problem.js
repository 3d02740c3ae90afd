// An error of the API as people read it: what, why, the way out.
import { make, t } from "../portal/page.js";

/** Return the error as an article of its own, or as a box `inner` to another one. */
export function problemBox(problem, { inner = false } = {}) {
  const box = make("article", { className: `answer problem${inner ? " inner" : ""}`, role: "alert" });
  box.dataset.code = problem.code ?? "";
  box.append(make(inner ? "h3" : "h2", { tabIndex: -1, textContent: problem.title ?? t("failed") }));
  if (problem.detail && problem.detail !== problem.title) box.append(make("p", { textContent: problem.detail }));
  if (problem.remedy) box.append(make("p", { className: "remedy", textContent: problem.remedy }));
  if (problem.status === 401) {
    const back = encodeURIComponent(location.pathname + location.search);
    box.append(make("p", {}, make("a", { className: "button", href: `/office/sign-in?next=${back}`, textContent: t("signInAgain") })));
  }
  return box;
}

/* Seraph: Today. A row is chosen by a click or by J and K and stands in the pane beside the queue; on a phone the pane is a
   sheet. What is typed in the pane is never taken away by the queue, which reads itself anew every minute. */
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const pane = $("#pane");
  const sheet = $("[data-call-sheet]");
  const place = $("[data-pane-place]");
  if (!pane || !sheet || !place) return;
  const phone = matchMedia("(max-width: 47.99rem)");
  const rows = () => $$("#queue [data-key-of-row]");
  const shownKey = () => $("[data-pane]", pane)?.dataset.pane || "";
  const rowOf = (key) => rows().find((row) => row.dataset.keyOfRow === key);

  /* ------------------------------------------------------------ where the pane stands: beside the queue, or in a sheet */
  const settle = () => {
    const home = phone.matches ? sheet : place;
    if (pane.parentElement !== home) { home.append(pane); if (!phone.matches && sheet.open) sheet.close(); }
  };
  settle();
  phone.addEventListener("change", settle);

  /* ------------------------------------------------------------ the chosen row */
  let stood = 0;                                       // where the chosen row stood, for when it is gone
  let typed = false;                                            // what is typed stays, whatever happens to its row
  pane.addEventListener("input", () => { typed = true; });
  const mark = () => {
    const key = shownKey();
    rows().forEach((row, index) => {
      const here = row.dataset.keyOfRow === key;
      row.classList.toggle("here", here);
      here ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current");
      if (here) stood = index;
    });
    const next = $("[data-next-row]", pane);
    if (next) next.value = followingKey();
  };
  const followingKey = () => {
    const all = rows();
    const at = all.findIndex((row) => row.dataset.keyOfRow === shownKey());
    return (all[at + 1] || (at > 0 ? all[0] : null))?.dataset.keyOfRow || "";
  };
  let asked = "";
  const choose = (row, { open = false, thenFocus = false } = {}) => {
    if (!row) return;
    const key = row.dataset.keyOfRow;
    const show = () => {
      if (open && phone.matches && !sheet.open) sheet.showModal();
      if (thenFocus) $("input:not([type=hidden]), button, a", pane)?.focus();
    };
    if (key === shownKey()) { show(); return; }
    asked = key;
    rows().forEach((one) => one.classList.toggle("here", one === row));
    window.htmx.ajax("GET", row.dataset.paneUrl, { target: "#pane", swap: "innerHTML" }).then(() => { if (asked === key) show(); });
  };
  document.addEventListener("click", (event) => {
    const select = event.target.closest("[data-select]");
    if (select) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      choose(select.closest("[data-key-of-row]"), { open: true });
      return;
    }
    const row = event.target.closest("#queue [data-key-of-row]");
    if (row && !event.target.closest("a, button, form, [popover]") && String(getSelection()) === "") choose(row, { open: true });
    if (event.target.closest("[data-skip]")) choose(rowOf(followingKey()), { open: true });
  });
  let pause = 0;
  document.addEventListener("focusin", (event) => {             // J and K put the focus on a row
    if (!event.target.matches?.("#queue [data-key-of-row]") || phone.matches) return;
    clearTimeout(pause);
    const row = event.target;
    pause = setTimeout(() => { if (row.isConnected && row === document.activeElement) choose(row); }, 120);
  });
  document.addEventListener("keydown", (event) => {             // from the row into the pane
    if (event.key !== "ArrowRight" || !event.target.matches?.("#queue [data-key-of-row]")) return;
    event.preventDefault();
    $("[data-log] input:not([type=hidden]), [data-log] button", pane)?.focus();
  });

  /* ------------------------------------------------------------ the form: who did not answer is tried again */
  let suggested = "";                                           // what the plan was before "try again" was suggested
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("#pane [data-log]");
    const plan = form && $("[data-again]", form);
    if (!plan) return;
    if (event.target.name === "plan") { suggested = ""; return; }
    if (event.target.name !== "outcome") return;
    const outcome = event.target.value;
    const again = $("input[name=plan][value=again]", plan);
    const unanswered = outcome === "no_answer" || outcome === "busy";
    again.nextSibling.textContent = outcome === "busy" ? plan.dataset.againBusy : plan.dataset.again;
    const chosen = $("input[name=plan]:checked", plan);
    if (unanswered && chosen !== again) { suggested = chosen?.value || ""; again.checked = true; }
    else if (!unanswered && chosen === again) { ($(`input[name=plan][value="${suggested || "week"}"]`, plan) || again).checked = true; }
  });

  /* ------------------------------------------------------------ putting off: a small window under its button */
  const box = $("[data-put-off-box]");
  let anchor = null;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-put-off]");
    if (button) anchor = button;
    if (event.target.closest("[data-hide-put-off]")) box.hidePopover();
  });
  const standUnder = () => {
    box.style.left = box.style.top = "";
    if (phone.matches || !anchor?.isConnected) return;
    const button = anchor.getBoundingClientRect();
    const below = button.bottom + 4;
    box.style.left = `${Math.max(8, Math.min(button.right - box.offsetWidth, innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${below + box.offsetHeight > innerHeight - 8 ? Math.max(8, button.top - box.offsetHeight - 4) : below}px`;
  };
  document.addEventListener("submit", (event) => { if (event.target.closest("[data-put-off-box]")) setTimeout(() => box.hidePopover()); });

  /* ------------------------------------------------------------ after something arrived */
  let focused = "";
  document.addEventListener("htmx:before:swap", () => { focused = document.activeElement?.closest?.("#queue [data-key-of-row]")?.id || ""; });
  document.addEventListener("htmx:after:settle", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    if (box.contains(target) && box.childElementCount) {
      if (anchor?.closest("[data-call-sheet]")) sheet.append(box); else if (box.parentElement !== document.body) document.body.append(box);
      if (!box.matches(":popover-open")) box.showPopover();
      standUnder();
      $("button", box)?.focus();
      return;
    }
    if (pane.contains(target)) { typed = false; suggested = ""; }
    mark();
    if (focused && document.activeElement === document.body) { const row = document.getElementById(focused); if (row) { row.tabIndex = -1; row.focus({ preventScroll: true }); } }
    const gone = shownKey() && !rowOf(shownKey());
    if (gone && !typed && !pane.contains(target)) choose(rows()[Math.min(stood, rows().length - 1)]);
    if (!shownKey() && sheet.open) sheet.close();
  });
  document.addEventListener("submit", (event) => { if (pane.contains(event.target)) mark(); }, true);
  mark();
  /* the address names a row: on a phone somebody wants to call it now */
  if (phone.matches && new URLSearchParams(location.search).has("at") && shownKey()) sheet.showModal();
})();

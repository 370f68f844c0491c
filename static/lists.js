/* Seraph: what a list page adds. The server keeps the state (the address bar); here are only the small windows beside
   the buttons, and the choice among many. Listeners sit on the document, so swapped parts work too. */
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const { make } = window.seraph;
  const phone = matchMedia("(max-width: 47.99rem)");
  let anchor = null;

  /* a small window stands under its button, inside the page; on a phone the style sheet puts it at the bottom */
  const place = (box) => {
    box.style.left = box.style.top = "";
    if (phone.matches || !anchor?.isConnected) return;
    const button = anchor.getBoundingClientRect();
    const left = Math.max(8, Math.min(button.left, innerWidth - box.offsetWidth - 8));
    const below = button.bottom + 4;
    const top = below + box.offsetHeight > innerHeight - 8 ? Math.max(8, innerHeight - box.offsetHeight - 8) : below;
    box.style.left = `${left}px`;
    box.style.top = `${top}px`;
  };
  const menu = () => $("#filter-menu");
  const form = () => $("#filter-form");

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[popovertarget]");
    if (opener) anchor = opener;
    const filter = event.target.closest("[data-filter], [data-window]");
    if (filter?.matches("[data-window]")) anchor = filter;
    if (filter && filter.closest("#list-chips")) anchor = filter.closest(".chip");
    if (filter) menu()?.matches(":popover-open") && menu().hidePopover();
    if (event.target.closest("[data-hide]")) event.target.closest("[popover]")?.hidePopover();
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.(".popover") || event.newState !== "open") return;
    place(event.target);
    $("input:not([type=hidden]), select, button", event.target)?.focus({ preventScroll: true });
  }, true);
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-filter-form]")) event.target.closest("[popover]")?.hidePopover();
  });

  /* many choices: a box to narrow them by typing; what is ticked stays in sight */
  const narrow = (from) => $$("[data-narrow]", from).forEach((field) => {
    const choices = $$("label.check", field);
    if (choices.length <= 10 || $(".narrow-by", field)) return;
    const words = field.closest("form").dataset.narrowWords;
    const box = make("input", { type: "search", className: "input narrow-by", autocomplete: "off", placeholder: words });
    box.setAttribute("aria-label", words);
    box.addEventListener("input", () => {
      const wanted = box.value.trim().toLocaleLowerCase();
      choices.forEach((choice) => { choice.hidden = !choice.textContent.toLocaleLowerCase().includes(wanted) && !$("input", choice).checked; });
    });
    box.addEventListener("keydown", (event) => { if (event.key === "Enter" && box.value) event.preventDefault(); });
    field.prepend(box);
  });

  /* "never" needs no days */
  const showDays = (from) => $$(".age select", from).forEach((select) => { $(".age", select.closest("form")).classList.toggle("never", select.value === "never"); });
  document.addEventListener("change", (event) => { if (event.target.matches(".age select")) showDays(event.target.closest("form")); });

  /* rows that can be put in order: by dragging, or with the two buttons of each */
  const moved = (list) => list.dispatchEvent(new CustomEvent("seraph:ordered", { bubbles: true }));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ordered] [data-up], [data-ordered] [data-down]");
    if (!button) return;
    const row = button.closest("li");
    const other = button.matches("[data-up]") ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    button.matches("[data-up]") ? other.before(row) : other.after(row);
    button.focus();
    moved(row.parentElement);
  });
  let dragged = null;
  document.addEventListener("dragstart", (event) => { dragged = event.target.closest?.("[data-ordered] > li"); });
  document.addEventListener("dragover", (event) => {
    const over = event.target.closest?.("[data-ordered] > li");
    if (!dragged || !over || over === dragged || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    event.clientY < box.top + box.height / 2 ? over.before(dragged) : over.after(dragged);
  });
  document.addEventListener("dragend", () => { if (dragged) moved(dragged.parentElement); dragged = null; });

  /* the whole view instead of the ticked rows; ticking anything ends it */
  const bar = () => $("#list-bulk");
  const chooseAll = (all) => {
    if (!bar()) return;
    $("[data-all]", bar()).value = all ? "1" : "";
    $("[data-some]", bar()).hidden = all;
    $("[data-whole]", bar()).hidden = !all;
    const button = $("[data-choose-all]", bar());
    if (button) button.hidden = all;
  };
  document.addEventListener("click", (event) => { if (event.target.closest("[data-choose-all]")) chooseAll(true); });
  document.addEventListener("seraph:selected", () => chooseAll(false));

  document.addEventListener("htmx:after:settle", (event) => {
    if (event.target !== form() || !form().childElementCount) return;
    narrow(form());
    showDays(form());
    if (form().matches(":popover-open")) place(form()); else form().showPopover();
  });
})();

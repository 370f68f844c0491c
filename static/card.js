/* Seraph: the client card and the form of a client. All hooks are data attributes; works after an htmx swap too. */
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

  /* ------------------------------------------------------------ editing in place
     A click on a value, or E or Enter with the focus in its line, opens it. Escape leaves it as it was. */
  const edit = (line) => $("[data-edit-fact]", line)?.click();
  document.addEventListener("click", (event) => {
    const value = event.target.closest?.("[data-edits]");
    if (value && !event.target.closest("a, button") && String(getSelection()) === "") edit(value.closest(".fact"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const form = event.target.closest?.("[data-edit-in-place]");
    if (form && event.key === "Escape" && !$(".ts-wrapper.dropdown-active", form)) { event.preventDefault(); $("[data-cancel]", form).click(); return; }
    const typing = event.target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select");
    const line = !typing && event.target.closest?.(".fact:not(.editing)");
    if (line && event.key.toLowerCase() === "e" && !event.ctrlKey && !event.metaKey && document.body.dataset.letterKeys !== "off") {
      event.preventDefault();
      event.stopImmediatePropagation();                                       // E elsewhere on the page opens the whole form
      edit(line);
    }
  }, true);
  document.addEventListener("htmx:after:settle", (event) => {                 // the cursor goes into what was opened
    const line = event.target instanceof Element && event.target.closest(".fact.editing");
    const first = line && $("input:not([type=hidden]), textarea, select", line);
    if (first && !line.contains(document.activeElement)) first.focus();
  });

  /* ------------------------------------------------------------ the contacts of a new client */
  const startContacts = () => $$("[data-contact-rows]").forEach((rows) => { $("[data-add-contact]", rows).hidden = false; });
  const addContact = (rows) => {
    const total = $("[name$=TOTAL_FORMS]", rows);
    const made = $("template", rows).content.cloneNode(true);
    for (const part of $$("[id], [name], [for], [aria-describedby]", made)) {
      for (const name of ["id", "name", "for", "aria-describedby"]) {
        if (part.hasAttribute(name)) part.setAttribute(name, part.getAttribute(name).replaceAll("__prefix__", total.value));
      }
    }
    total.value = Number(total.value) + 1;
    const row = made.firstElementChild;
    $("template", rows).before(made);
    return row;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-add-contact]");
    if (button) $("input", addContact(button.closest("[data-contact-rows]"))).focus();
  });
  startContacts();
})();

/* Seraph: conditions of the list of clients in a form (data-conditions), of a reminder rule or of a choice of clients. One that is
   chosen comes into the form, one that is taken away leaves the list of choices as it was. */
(() => {
  "use strict";
  const formOf = (box) => box.closest("[data-conditions]");
  const picker = (form) => form?.querySelector("[data-add-condition]");
  const again = (form) => form?.dispatchEvent(new CustomEvent("rule:changed", { bubbles: true }));

  const offer = (form, name, label) => {
    const select = picker(form);
    if (!select || [...select.options].some((option) => option.value === name)) return;
    if (select.tomselect) { select.tomselect.addOption({ value: name, text: label }); return; }
    select.append(new Option(label, name));
  };
  const withdraw = (form, name) => {
    const select = picker(form);
    if (!select) return;
    if (select.tomselect) { select.tomselect.clear(true); select.tomselect.removeOption(name); return; }
    [...select.options].filter((option) => option.value === name).forEach((option) => option.remove());
    select.value = "";
  };

  new MutationObserver(() => {                                 // a dialog with such a form comes and goes
    document.querySelectorAll("[data-conditions] [data-condition][data-fresh]").forEach((box) => {
      delete box.dataset.fresh;
      withdraw(formOf(box), box.dataset.condition);
      box.querySelector("input, select")?.focus();
      again(formOf(box));
    });
  }).observe(document.body, { childList: true, subtree: true });

  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-remove-condition]")?.closest("[data-condition]");
    const form = box && formOf(box);
    if (!form) return;
    const label = box.querySelector("legend, label").textContent.trim();
    offer(form, box.dataset.condition, label);
    box.remove();
    (picker(form)?.tomselect ?? picker(form))?.focus();
    again(form);
  });
})();

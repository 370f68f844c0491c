/* Seraph: the conditions of a reminder rule. One that is chosen comes into the form, one that is taken away leaves the list of choices as it was. */
(() => {
  "use strict";
  const form = document.getElementById("rule-form");
  const picker = () => form?.querySelector("[data-add-condition]");
  const again = () => form.dispatchEvent(new CustomEvent("rule:changed", { bubbles: true }));
  if (!form) return;

  const offer = (name, label) => {
    const select = picker();
    if (!select || [...select.options].some((option) => option.value === name)) return;
    if (select.tomselect) { select.tomselect.addOption({ value: name, text: label }); return; }
    select.append(new Option(label, name));
  };
  const withdraw = (name) => {
    const select = picker();
    if (select?.tomselect) { select.tomselect.clear(true); select.tomselect.removeOption(name); return; }
    [...select.options].filter((option) => option.value === name).forEach((option) => option.remove());
    select.value = "";
  };

  new MutationObserver(() => {
    form.querySelectorAll("[data-condition][data-fresh]").forEach((box) => {
      delete box.dataset.fresh;
      withdraw(box.dataset.condition);
      box.querySelector("input, select")?.focus();
      again();
    });
  }).observe(form, { childList: true, subtree: true });

  form.addEventListener("click", (event) => {
    const box = event.target.closest("[data-remove-condition]")?.closest("[data-condition]");
    if (!box) return;
    const label = box.querySelector("legend, label").textContent.trim();
    offer(box.dataset.condition, label);
    box.remove();
    (picker()?.tomselect ?? picker())?.focus();
    again();
  });
})();

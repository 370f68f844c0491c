/* Import: a file that is too large is refused before it is sent. */
(() => {
  "use strict";
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-max-bytes]");
    if (!form || event.target.type !== "file") return;
    const file = event.target.files[0];
    event.target.setCustomValidity(file && file.size > Number(form.dataset.maxBytes) ? form.dataset.tooLarge : "");
    event.target.reportValidity();
  });
})();

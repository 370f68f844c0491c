/* Seraph: the review of alike clients. The choices and what comes of them are the style sheet's; here is only what it can't. */
(() => {
  "use strict";
  /* the open pair is in sight among the others */
  const list = document.querySelector("[data-pairs]");
  const open = list?.querySelector("[aria-current]");
  if (open) list.scrollTop = open.offsetTop - list.offsetTop - list.clientHeight / 3;

  /* of two values that may both stay, one stays: the one that was not just taken away */
  document.addEventListener("change", (event) => {
    const row = event.target.matches(".merge [type=checkbox]") && event.target.closest("tr");
    if (row && !row.querySelector(":checked")) row.querySelectorAll("[type=checkbox]").forEach((one) => { one.checked = one !== event.target; });
  });
})();

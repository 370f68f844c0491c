/* Seraph: the form of a document adds up as one types. The server adds up again; here it is only shown. */
(() => {
  "use strict";
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

  /* A typed amount in cents, as the server reads it: spaces and apostrophes between thousands, a comma or a point before the cents. */
  const decimalComma = !new Intl.NumberFormat(root.lang).format(1.5).includes(".");
  const cents = (text) => {
    let plain = text.replace(/[\s'’\u00a0\u202f]/g, "").replace(/[−–‒]/g, "-");
    if (!plain) return 0;
    const comma = plain.lastIndexOf(","), point = plain.lastIndexOf(".");
    if (comma >= 0 && point >= 0) plain = comma > point ? plain.replaceAll(".", "").replace(",", ".") : plain.replaceAll(",", "");
    else if (comma >= 0) plain = !decimalComma && /^[+-]?\d{1,3}(,\d{3})+$/.test(plain) ? plain.replaceAll(",", "") : plain.replace(",", ".");
    return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Math.round(Number(plain) * 100) : NaN;
  };
  const money = (value, currency) => {
    try { return new Intl.NumberFormat(root.lang, { style: "currency", currency, minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value / 100).replace("-", "−"); }
    catch { return `${(value / 100).toFixed(2)} ${currency}`; }
  };
  const rate = (text) => Number(text.replace(/\s/g, "").replace(",", "."));

  const sums = (form) => {
    const { home } = form.dataset;
    const currency = (form.elements.currency?.value.trim() || home).toUpperCase();
    const foreign = currency !== home;
    const place = $("[data-foreign]", form);
    if (place) place.hidden = !foreign && !$("[aria-invalid]", place);
    const rows = $$("[data-row]", form).filter((row) => $$("input:not([type=hidden])", row).some((input) => input.value.trim()));
    const whole = $("[data-whole]", form);
    if (whole) whole.hidden = rows.length > 0;
    const total = (name) => rows.reduce((sum, row) => sum + cents($(`[data-sums="${name}"]`, row)?.value ?? ""), 0);
    $$("[data-sum]", form).forEach((output) => { const sum = total(output.dataset.sum); output.value = rows.length && !Number.isNaN(sum) ? money(sum, currency) : ""; });
    const amount = rows.length ? total("amount") : cents(form.elements.amount?.value ?? "");
    $$("[data-total]", form).forEach((output) => { output.value = amount && !Number.isNaN(amount) ? money(amount, currency) : "–"; });
    const worth = foreign ? rate(form.elements.rate?.value ?? "") : NaN;
    const told = $("[data-in-home]", form);
    if (told) told.textContent = foreign && amount && worth > 0 ? `= ${money(Math.round(amount * worth), home)}` : "";
  };
  document.addEventListener("input", (event) => { const form = event.target.closest?.("form[data-totals]"); if (form) sums(form); });
  document.addEventListener("seraph:restored", (event) => { if (event.target.matches("form[data-totals]")) sums(event.target); });
  $$("form[data-totals]").forEach(sums);
})();

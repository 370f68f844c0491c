/* Seraph: forms lose nothing. Drafts, a warning before unsaved work is left, checks on leaving a field, rows of values. */
(() => {
  "use strict";
  const { words, make } = window.seraph;
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const store = {
    get: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
    drop: (key) => { try { localStorage.removeItem(key); } catch { /* private mode */ } },
    keys: () => { try { return Object.keys(localStorage); } catch { return []; } },
  };
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const timeZone = (() => { try { Intl.DateTimeFormat("en", { timeZone: root.dataset.timeZone }); return root.dataset.timeZone; } catch { return undefined; } })();
  const clock = (when) => new Intl.DateTimeFormat(root.lang, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(Date.now() - when > 864e5 ? { day: "numeric", month: "short" } : {}) }).format(when);

  /* ------------------------------------------------------------ rows of values: phones, e-mails */
  const startLists = (from) => $$("[data-list]", from).forEach((list) => {
    const rows = () => $$(":scope > .row", list);
    const filled = rows().filter((row) => $("input", row).value);
    if (filled.length) rows().forEach((row) => { if (!filled.includes(row)) row.remove(); });   // the empty row is for those without script
    $("[data-list-add]", list).hidden = false;
    showRemovers(list);
  });
  const showRemovers = (list) => {
    const rows = $$(":scope > .row", list);
    rows.forEach((row) => { $("[data-list-remove]", row).hidden = rows.length === 1 && !$("input", row).value; });
  };
  const addRow = (list) => {
    const rows = $$(":scope > .row", list);
    const row = rows[0].cloneNode(true);
    const input = $("input", row);
    Object.assign(input, { value: "", id: `${$("input", rows[0]).id}_${Date.now()}_${rows.length}` });
    input.removeAttribute("value");
    input.removeAttribute("aria-invalid");
    rows.at(-1).after(row);
    showRemovers(list);
    return input;
  };
  document.addEventListener("click", (event) => {
    const list = event.target.closest("[data-list]");
    if (!list) return;
    if (event.target.closest("[data-list-add]")) addRow(list).focus();
    const removed = event.target.closest("[data-list-remove]")?.closest(".row");
    if (removed) {
      const form = removed.closest("form");
      const beside = removed.previousElementSibling?.matches(".row") ? removed.previousElementSibling : removed.nextElementSibling;
      if ($$(":scope > .row", list).length === 1) $("input", removed).value = "";
      else removed.remove();
      $("input", beside?.matches(".row") ? beside : list).focus();
      showRemovers(list);
      form?.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  document.addEventListener("input", (event) => { const list = event.target.closest?.("[data-list]"); if (list) showRemovers(list); });

  /* ------------------------------------------------------------ rows of several fields: the lines of a document
     Fields of one name stand in the order of their rows; a new row is made of the template. */
  const addFields = (rows, after) => {
    const made = $("template", rows).content.firstElementChild.cloneNode(true);
    if (after) after.after(made); else $("[data-fields-in]", rows).append(made);
    $$("[data-remove-row]", rows).forEach((button) => { button.hidden = false; });
    document.dispatchEvent(new CustomEvent("seraph:pickers", { detail: { from: made } }));
    return made;
  };
  const removeFields = (row) => {
    const rows = row.closest("[data-fields]"), form = row.closest("form");
    const beside = row.previousElementSibling || row.nextElementSibling || addFields(rows, row);
    row.remove();
    $("input:not([type=hidden])", beside)?.focus();
    form?.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const startRows = (from) => $$("[data-fields]", from).forEach((rows) => $$("[data-add-row], [data-remove-row]", rows).forEach((button) => { button.hidden = false; }));
  document.addEventListener("click", (event) => {
    const rows = event.target.closest("[data-fields]");
    if (!rows) return;
    if (event.target.closest("[data-add-row]")) $("input:not([type=hidden])", addFields(rows))?.focus();
    const gone = event.target.closest("[data-remove-row]");
    if (gone) removeFields(gone.closest("[data-row]"));
  });
  document.addEventListener("keydown", (event) => {             // Enter goes on to the next line, Backspace takes an empty one away
    const row = event.target.closest?.("[data-row]");
    if (!row || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !event.target.matches("input:not([role=combobox])")) return;
    const inputs = (of) => $$("input:not([type=hidden])", of);
    if (event.key === "Enter") {
      event.preventDefault();
      const next = row.nextElementSibling, place = inputs(row).indexOf(event.target);
      if (next) inputs(next)[place]?.focus(); else inputs(addFields(row.closest("[data-fields]"), row))[0]?.focus();
    } else if (event.key === "Backspace" && row.parentElement.children.length > 1 && inputs(row).every((input) => !input.value)) {
      event.preventDefault();
      removeFields(row);
    }
  });

  /* ------------------------------------------------------------ drafts: per user and record, on this device
     Kept while one types, restored on the next visit, dropped when the server has taken the form, and at sign-out. */
  const prefix = `draft:${root.dataset.user || ""}:`;
  const keyOf = (form) => prefix + form.dataset.draft;
  const kept = (field) => field.name && field.name !== "csrfmiddlewaretoken" && !["password", "file", "submit", "button"].includes(field.type) && field.dataset.noDraft === undefined;
  const read = (form) => [...form.elements].filter(kept).flatMap((field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked ? [[field.name, field.value]] : [];
    if (field.tagName === "SELECT") return [...field.selectedOptions].map((option) => [field.name, option.value, option.textContent.trim()]);
    return [[field.name, field.value]];
  });
  const write = (form, fields) => {
    for (const rows of $$("[data-fields]", form)) {
      const { name } = $("template", rows).content.querySelector("[name]");
      const missing = fields.filter(([of]) => of === name).length - $$(`[name="${CSS.escape(name)}"]`, $("[data-fields-in]", rows)).length;
      for (let more = 0; more < missing; more += 1) addFields(rows);
    }
    const names = new Set([...form.elements].filter(kept).map((field) => field.name));
    for (const name of names) {
      const values = fields.filter(([of]) => of === name);
      const list = $(`[data-list] input[name="${CSS.escape(name)}"]`, form)?.closest("[data-list]");
      if (list) while ($$("input", list).length < values.length) addRow(list);
      [...form.elements].filter((field) => field.name === name && kept(field)).forEach((field, index) => {
        if (field.type === "checkbox" || field.type === "radio") field.checked = values.some(([, value]) => value === field.value);
        else if (field.tagName === "SELECT") {
          for (const [, value, label] of values) {              // a remote picker knows only the options that it was given
            if (![...field.options].some((option) => option.value === value)) field.append(new Option(label || value, value));
          }
          [...field.options].forEach((option) => { option.selected = values.some(([, value]) => value === option.value); });
          field.tomselect?.sync();
        } else field.value = values[index]?.[1] ?? "";
      });
      if (list) startLists(form);
    }
  };
  const stateOf = (form) => {
    let place = $("[data-draft-state]");
    if (!place) { place = make("p", { className: "sm muted" }); place.dataset.draftState = ""; form.prepend(place); }
    place.setAttribute("role", "status");
    return place;
  };
  const drop = (key) => { store.drop(key); $("[data-draft-state]")?.replaceChildren(); };
  const timers = new Map();                                     // form → the pause after which its draft is kept
  const keep = (form) => {
    const at = Date.now();
    if (store.set(keyOf(form), { at, fields: read(form) })) stateOf(form).replaceChildren(say(words.draft_kept, { time: clock(at) }));
  };
  const startDrafts = (from) => $$("form[data-draft]", from).forEach((form) => {
    if (form.dataset.draftStarted !== undefined) return;
    form.dataset.draftStarted = "";
    const draft = store.get(keyOf(form));
    const refused = $("[aria-invalid=true], #errors, .conflict", form.closest("dialog") || document);
    if (!draft || refused) return;                              // a refused form comes back with what was typed
    const before = JSON.stringify(read(form));
    const clean = read(form);
    write(form, draft.fields);
    if (JSON.stringify(read(form)) === before) { drop(keyOf(form)); return; }
    const afresh = make("button", { className: "add-fact", type: "button", textContent: words.draft_drop });
    afresh.addEventListener("click", () => { write(form, clean); drop(keyOf(form)); dirty.delete(form); });
    stateOf(form).replaceChildren(say(words.draft_restored, { time: clock(draft.at) }), " ", afresh);
    form.dispatchEvent(new CustomEvent("seraph:restored", { bubbles: true }));
  });

  /* ------------------------------------------------------------ unsaved work that is no draft: warn before it is left */
  const dirty = new Set();
  const posts = (form) => form && (form.method === "post" || form.matches("[hx-post], [hx-put], [hx-patch]"));
  document.addEventListener("input", (event) => {
    const form = event.target.form ?? event.target.closest?.("form");
    if (!form) return;
    if (form.dataset.draft !== undefined) {
      clearTimeout(timers.get(form));
      timers.set(form, setTimeout(() => { timers.delete(form); keep(form); }, 400));
    } else if (posts(form) && form.dataset.noWarning === undefined) dirty.add(form);
  });
  const settle = (form) => { clearTimeout(timers.get(form)); timers.delete(form); dirty.delete(form); };
  addEventListener("pagehide", () => timers.forEach((_timer, form) => keep(form)));
  addEventListener("beforeunload", (event) => {
    if ([...dirty].some((form) => form.isConnected && !form.closest("dialog:not([open])"))) event.preventDefault();
  });

  /* Which form was sent? The next page knows whether the server took it: a page that failed, or the sign-in page, keeps the draft. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    settle(form);
    if (form.dataset.signOut !== undefined) store.keys().filter((key) => key.startsWith(prefix)).forEach(store.drop);
    if (form.dataset.draft === undefined) return;
    keep(form);
    if (!form.matches("[hx-post], [hx-put], [hx-patch]")) { try { sessionStorage.setItem("sent", keyOf(form)); } catch { /* private mode */ } }
  });
  try {
    const sent = sessionStorage.getItem("sent");
    sessionStorage.removeItem("sent");
    const back = sent && $$("form[data-draft]").some((form) => keyOf(form) === sent && $("[aria-invalid=true], #errors, .conflict"));
    if (sent && !back && root.dataset.user && root.dataset.failed === undefined) store.drop(sent);
  } catch { /* private mode */ }
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    const form = ctx.sourceElement.closest("form");
    if (!form || ctx.request.method === "GET") return;
    if (event.defaultPrevented || ctx.response.status >= 300) { if (form.dataset.draft === undefined) dirty.add(form); return; }
    settle(form);
    if (form.dataset.draft !== undefined) drop(keyOf(form));
  });
  const FORTNIGHT = 14 * 864e5;
  store.keys().filter((key) => key.startsWith("draft:")).forEach((key) => { if (Date.now() - (store.get(key)?.at ?? 0) > FORTNIGHT) store.drop(key); });

  /* ------------------------------------------------------------ checks on leaving a field: what the browser itself can tell */
  const complaint = (input) => {
    const { validity } = input;
    if (input.getAttribute("aria-required") === "true" && !input.value.trim()) return words.fill_in;
    if (validity.typeMismatch) return words[input.type];
    if (validity.tooLong) return say(words.too_long, { max: input.maxLength });
    return "";
  };
  const icon = () => { const svg = $("template#err-icon")?.content.firstElementChild; return svg ? [svg.cloneNode(true)] : []; };
  const unmark = (input) => {
    const error = input.parentElement && $("[data-checked]", input.closest(".field") || input.parentElement);
    if (!error) return;
    input.removeAttribute("aria-invalid");
    input.setAttribute("aria-describedby", (input.getAttribute("aria-describedby") || "").split(" ").filter((id) => id !== error.id).join(" "));
    if (!input.getAttribute("aria-describedby")) input.removeAttribute("aria-describedby");
    error.remove();
  };
  document.addEventListener("focusout", (event) => {
    const input = event.target;
    if (!input.matches?.("form[data-check] :is(input, select, textarea)") || input.type === "radio" || input.type === "checkbox") return;
    if (event.relatedTarget?.matches?.("[type=submit], [data-close], a")) return;      // the click goes first: a jump under the pointer would lose it
    unmark(input);
    const text = complaint(input);
    const field = input.closest(".field");
    if (!text || !field || $(".err", field)) return;
    const error = make("p", { className: "err", id: `${input.id}_checked` }, ...icon(), make("span", { textContent: text }));
    error.dataset.checked = "";
    field.append(error);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") || ""} ${error.id}`.trim());
  });
  document.addEventListener("input", (event) => { if (event.target.matches?.("form[data-check] [aria-invalid]")) unmark(event.target); });

  const start = (from) => { startLists(from); startRows(from); startDrafts(from); };
  start(document);
  document.addEventListener("htmx:after:settle", (event) => { if (event.target instanceof Element) start(event.target.parentElement || event.target); });
})();

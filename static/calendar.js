/* Seraph: the calendar. Arrows go from day to day; entries are dragged with mouse, pen or finger (after a short press).
   Without a pointer the same is done in the entry's dialog ("Put off"). */
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const board = () => $("#calendar");

  /* ------------------------------------------------------------ keys */
  const typing = (target) => target.matches?.("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (drag && event.key === "Escape") { event.preventDefault(); stop(); return; }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (!by) return;
    const across = Math.abs(by) === 1;
    if (!across && board()?.dataset.calendar !== "month") return;              // elsewhere up and down scroll
    const days = $$("[data-day-link]", board());
    const at = days.indexOf(document.activeElement?.closest("[data-drop-day], .column")?.querySelector("[data-day-link]"));
    if (at < 0 && !across) return;
    event.preventDefault();
    if (at < 0 && days.length > 1) { (days.find((day) => day.getAttribute("aria-current")) || days[by > 0 ? 0 : days.length - 1]).focus(); return; }
    const to = days[at + by];
    if (to && days.length > 1) to.focus();
    else $(by < 0 ? "[data-calendar-before]" : "[data-calendar-after]").click();
  });

  /* ------------------------------------------------------------ dragging */
  const NEAR = 6;                                              // pixels: less is a click
  const PRESS = 350;                                           // ms that a finger rests before it takes hold; less scrolls
  const QUARTER = 15;
  let drag = null;
  let justDragged = false;
  let missed = false;                                          // something changed while an entry was held

  const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

  document.addEventListener("pointerdown", (event) => {
    const entry = event.target.closest?.("[data-move]");
    if (!entry || event.button !== 0 || !event.isPrimary || !board()?.contains(entry)) return;
    drag = { entry, id: event.pointerId, x: event.clientX, y: event.clientY, grip: event.clientY - entry.getBoundingClientRect().top, on: false, touch: event.pointerType === "touch" };
    if (drag.touch) drag.timer = setTimeout(() => drag && begin(), PRESS);
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > NEAR;
    if (!drag.on && drag.touch) { if (far) stop(); return; }    // a finger that moves at once scrolls
    if (!drag.on && far) begin();
    if (drag.on) follow(event.clientX, event.clientY);
  });
  document.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const { on, entry, target } = drag;
    stop();
    if (!on) return;
    justDragged = true;                                        // the click that follows opens nothing
    setTimeout(() => { justDragged = false; });
    if (target) put(entry, target);
  });
  document.addEventListener("pointercancel", () => drag && stop());
  document.addEventListener("click", (event) => {
    if (!justDragged) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("touchmove", (event) => { if (drag?.on) event.preventDefault(); }, { passive: false });
  document.addEventListener("contextmenu", (event) => { if (drag?.touch) event.preventDefault(); });
  document.addEventListener("dragstart", (event) => { if (event.target.closest?.("[data-move]")) event.preventDefault(); });

  const begin = () => {
    drag.on = true;
    drag.entry.classList.add("dragging");
    drag.label = Object.assign(document.createElement("div"), { className: "dragged", textContent: $(".whom", drag.entry).textContent });
    drag.ghost = Object.assign(document.createElement("li"), { className: "ghost" });
    drag.label.setAttribute("aria-hidden", "true");
    drag.ghost.setAttribute("aria-hidden", "true");
    document.body.append(drag.label);
    follow(drag.x, drag.y);
  };
  const follow = (x, y) => {
    drag.label.style.transform = `translate(${Math.min(x + 12, innerWidth - 230)}px, ${y + 12}px)`;
    const place = document.elementFromPoint(x, y)?.closest("[data-drop-day]");
    $$(".drop-here").forEach((one) => one.classList.remove("drop-here"));
    drag.ghost.remove();
    drag.target = null;
    if (!place || !board().contains(place)) return;
    const day = place.dataset.dropDay;
    const hours = "dropHours" in place.dataset && matchMedia("(min-width: 48rem)").matches;
    const own = drag.entry.closest("[data-drop-who]");
    if (own && own.dataset.dropWho !== place.dataset.dropWho) return;         // to somebody else is a hand-over, not a move
    if (!hours) {
      drag.target = { day, at: "dropStrip" in place.dataset ? "day" : "" };
      place.classList.add("drop-here");
      return;
    }
    const first = Number(board().dataset.firstHour) * 60;
    const row = parseFloat(getComputedStyle(place).gridAutoRows) || 12;
    const top = y - place.getBoundingClientRect().top - (drag.entry.closest("[data-drop-hours]") ? drag.grip : 0);
    const quarter = Math.max(0, Math.min(Math.round(top / row), Math.floor(place.clientHeight / row) - 1));
    drag.target = { day, at: clock(first + quarter * QUARTER) };
    drag.ghost.textContent = drag.target.at;
    drag.ghost.style.gridRow = `${quarter + 1} / span ${Math.max(2, Math.ceil((drag.entry.dataset.minutes || 0) / QUARTER))}`;
    place.append(drag.ghost);
  };
  const stop = () => {
    if (!drag) return;
    clearTimeout(drag.timer);
    drag.entry.classList.remove("dragging");
    drag.label?.remove();
    drag.ghost?.remove();
    $$(".drop-here").forEach((one) => one.classList.remove("drop-here"));
    drag = null;
    if (missed) again();
  };

  /* reminders changed (an act in a dialog, the bell): the calendar reads itself again, but not from under an entry that is held */
  const again = () => {
    missed = Boolean(drag);
    if (!missed && board()) htmx.trigger(board(), "calendar:again");
  };
  let focused = "";
  document.body.addEventListener("seraph:reminders", again);
  document.addEventListener("htmx:before:swap", (event) => {
    if (drag && event.detail.ctx?.sourceElement === board()) { missed = true; event.preventDefault(); return; }
    focused = document.activeElement?.closest?.("#calendar [data-entry]")?.dataset.entry || "";
  });
  document.addEventListener("htmx:after:settle", () => {
    const lost = !document.activeElement?.matches("a, button, input, select, textarea");
    if (focused && lost) $(`[data-entry="${CSS.escape(focused)}"] > a`, board() || document)?.focus({ preventScroll: true });
  });

  const put = (entry, { day, at }) => {
    const same = day === entry.dataset.day && (at === "" || at === (entry.dataset.at || "day"));
    if (same) return;
    entry.classList.add("dragging");                           // until the answer comes, and draws the calendar anew
    htmx.ajax("POST", entry.dataset.move, { source: entry, target: "#calendar", swap: "outerHTML", values: { day, at, version: entry.dataset.version } })
      .finally(() => { entry.classList.remove("dragging"); $(`[data-entry="${CSS.escape(entry.dataset.entry)}"] > a`, board())?.focus({ preventScroll: true }); });
  };
})();

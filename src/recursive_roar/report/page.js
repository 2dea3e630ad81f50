(() => {
  "use strict";
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const config = {
    font: getComputedStyle(document.body).fontFamily, background: "transparent", view: { stroke: null },
    axis: { labelColor: "currentColor", titleColor: "currentColor", tickColor: "currentColor", domainColor: "currentColor",
      gridColor: "currentColor", gridOpacity: 0.15, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
  };
  const controls = document.getElementById("show-controls");
  const selects = [...document.querySelectorAll("[data-choice]:is(select)")].filter((select) => !select.closest(".heatmaps"));
  const views = new Map(); // drawn charts by their place in the page
  let pinned = "";

  // What is chosen, and the charts in it.

  function showChosen() {
    for (const select of selects) {
      const name = select.dataset.choice;
      document.querySelectorAll(`main [data-${name}]`).forEach((part) => {
        part.toggleAttribute(`data-off-${name}`, part.dataset[name] !== select.value);
      });
    }
    document.querySelectorAll("main :is([data-dataset], [data-model], [data-protocol], [data-ladder], [data-measure])").forEach((part) => {
      part.hidden = selects.some((select) => part.hasAttribute(`data-off-${select.dataset.choice}`));
    });
    document.querySelectorAll(".chart").forEach(draw);
  }

  async function draw(place) {
    if (views.has(place) || place.closest("[hidden]")) return;
    views.set(place, null);
    const { view } = await vegaEmbed(place, charts[place.dataset.chart], { renderer: "svg", actions: false, config });
    views.set(place, view);
    view.addEventListener("mouseover", (event, item) => focusOn(item?.datum?.explainer || pinned));
    view.addEventListener("mouseout", () => focusOn(pinned));
    tell(view, "controls", Boolean(controls?.checked));
    tell(view, "focus", pinned);
    place.dataset.drawn = "";
  }

  function tell(view, signal, value) {
    if (view) view.signal(signal, value).runAsync();
  }

  // An explainer brought out in every chart and table.

  function focusOn(explainer) {
    views.forEach((view) => tell(view, "focus", explainer));
    document.querySelectorAll("tr[data-explainer]").forEach((row) => {
      row.classList.toggle("focused", row.dataset.explainer === explainer);
    });
  }

  function pin(explainer) {
    pinned = pinned === explainer ? "" : explainer;
    document.querySelectorAll("button.explainer").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.explainer === pinned));
    });
    focusOn(pinned);
  }

  function explainerAt(event) {
    return event.target.closest?.("tr[data-explainer]")?.dataset.explainer;
  }

  function showControls() {
    const shown = Boolean(controls?.checked);
    document.querySelectorAll("tr.control").forEach((row) => { row.hidden = !shown; });
    views.forEach((view) => tell(view, "controls", shown));
  }

  // Tables sorted by a column; what has no value comes last.

  function makeSortable(table) {
    table.querySelectorAll("thead th:not([data-unsorted])").forEach((header) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sort(table, header));
    });
  }

  function sort(table, header) {
    const descending = header.getAttribute("aria-sort") === "ascending" || (!header.hasAttribute("aria-sort") && header.cellIndex > 0);
    table.querySelectorAll("[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const value = (row) => row.cells[header.cellIndex]?.dataset.value;
    const rows = [...table.tBodies[0].rows].sort((a, b) => compare(value(a), value(b), descending ? -1 : 1));
    table.tBodies[0].append(...rows);
  }

  function compare(first, second, direction) {
    if (first === undefined || second === undefined) return (first === undefined) - (second === undefined);
    const difference = Number(first) - Number(second);
    return direction * (Number.isNaN(difference) ? first.localeCompare(second) : difference);
  }

  document.querySelectorAll("table.sortable").forEach(makeSortable);
  selects.forEach((select) => select.addEventListener("change", showChosen));
  controls?.addEventListener("change", showControls);
  for (const event of ["mouseover", "focusin"]) document.addEventListener(event, (found) => explainerAt(found) && focusOn(explainerAt(found)));
  for (const event of ["mouseout", "focusout"]) document.addEventListener(event, (found) => explainerAt(found) && focusOn(pinned));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.explainer");
    if (button) pin(button.dataset.explainer);
  });
  showControls();
  showChosen();
})();

// Token heatmaps by round. The data are described in steps/heatmaps.py; text enters the page as textContent only.
(() => {
  "use strict";
  const section = document.getElementById("heatmaps");
  const groups = JSON.parse(document.getElementById("heatmaps-data").textContent).filter((group) => group.examples.length);
  const find = (selector) => section.querySelector(selector);
  const select = (name) => find(`[data-choice=${name}] select`);
  const slider = find("#heatmap-slider");
  const tip = find(".heatmap-tip");
  const CHUNK = 200; // tokens that are drawn together
  const chosen = { group: 0, curve: 0, example: 0 };
  const chunkOf = new Map(); // by the element that holds it
  let rows = [];

  const group = () => groups[chosen.group];
  const curve = () => group().curves[chosen.curve];
  const example = () => group().examples[chosen.example];
  const round = () => Number(slider.value);
  const percent = (share) => `${Math.round(100 * share)} %`;
  const plural = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  const labelName = (label) => group().label_names[label] ?? `class ${label}`;
  const isolated = (text) => `\u2068${text}\u2069`; // its direction does not spread to its surroundings

  function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  const named = (text) => element("bdi", { textContent: text });

  function unpacked(packed, type) {
    return packed === null ? null : type.from(atob(packed), (character) => character.charCodeAt(0));
  }

  // --- choices

  function fill(name, texts) {
    select(name).replaceChildren(...texts.map((text, value) => element("option", { value, textContent: text })));
    select(name).value = chosen[name];
    select(name).closest("label").hidden = texts.length < 2 && name === "curve";
  }

  function baselineIsRight(index) {
    return curve().explainers[0].examples[index].predicted[0] === group().examples[index].label;
  }

  function exampleTitle(shown, index) {
    const outcome = baselineIsRight(index) ? "right" : "wrong";
    const start = Array.from(shown.text.replace(/\s+/g, " ")).slice(0, 60).join("");
    return `${index + 1}. ${isolated(labelName(shown.label))}, baseline ${outcome}: ${isolated(start)}`;
  }

  function choose(name, value) {
    chosen[name] = value;
    if (name === "group") Object.assign(chosen, { curve: 0, example: 0 });
    fill("curve", group().curves.map(({ protocol, ladder }) => `${protocol}, ${ladder} ladder`));
    fill("example", group().examples.map(exampleTitle));
    slider.max = curve().amounts.length - 1;
    showExample();
  }

  function step(distance) {
    const number = group().examples.length;
    choose("example", (chosen.example + distance + number) % number);
  }

  // --- one example

  function showExample() {
    hideTip();
    find(".heatmap-label").replaceChildren("Label: ", element("strong", {}, named(labelName(example().label))));
    const partner = find(".heatmap-partner");
    partner.hidden = example().pair_text === null;
    partner.replaceChildren("Never masked: ", named(example().pair_text ?? ""));
    watcher.disconnect();
    chunkOf.clear();
    const words = spelled(example());
    rows = curve().explainers.map((explainer) => newRow(explainer, words));
    find(".heatmap-rows").replaceChildren(...rows.map((row) => row.element));
    find("[data-legend=against]").hidden = !rows.some((row) => row.importance.some((scores) => scores?.some((score) => score < 0)));
    chunkOf.forEach((_, span) => watcher.observe(span));
    showRound();
  }

  // What stands before each token, and the token. Python counts characters, not units of UTF-16.
  function spelled({ text, spans }) {
    const characters = Array.from(text);
    const words = [];
    for (let place = 0, last = 0; place < spans.length; last = spans[place + 1], place += 2) {
      const part = (start, end) => characters.slice(start, end).join("");
      words.push({ gap: part(last, spans[place]), text: part(spans[place], spans[place + 1]) });
    }
    return words;
  }

  function newRow(explainer, words) {
    const shown = explainer.examples[chosen.example];
    const row = {
      name: explainer.name,
      words,
      predicted: shown.predicted,
      probability: shown.probability,
      maskedAt: unpacked(shown.masked_at, Uint8Array),
      importance: shown.importance.map((scores) => unpacked(scores, Int8Array)),
      here: -1,
    };
    row.chunks = newChunks(row);
    row.prediction = element("span", { className: "heatmap-prediction" });
    row.trail = element("span", { className: "heatmap-trail", ariaHidden: "true" }, ...shown.predicted.map(() => element("i")));
    row.note = element("span", { className: "heatmap-note" });
    row.text = newText(row);
    const head = element("div", { className: "heatmap-head" }, element("h3", { textContent: row.name }), row.prediction, row.trail);
    row.element = element("article", { className: "heatmap-row" }, head, row.note, row.text);
    row.element.dataset.explainer = row.name;
    return row;
  }

  function newText(row) {
    const text = element("p", { className: "heatmap-text", dir: "auto", tabIndex: 0, role: "group" });
    text.setAttribute("aria-label", `Text under ${row.name}; the left and right arrow keys walk through its tokens`);
    text.addEventListener("keydown", (event) => walk(row, event));
    text.addEventListener("blur", () => leave(row));
    text.addEventListener("scroll", () => rows.forEach((other) => (other.text.scrollTop = text.scrollTop)));
    text.addEventListener("pointerover", ({ target }) => target.dataset.place && showTip(row, Number(target.dataset.place)));
    text.addEventListener("pointerleave", hideTip);
    const { before, after, unread } = example();
    const cut = (note) => element("bdi", { className: "cut", textContent: note }); // the text's direction is its own
    if (before) text.append(cut(`… ${plural(before, "token")} before … `));
    text.append(...row.chunks.map((chunk) => chunk.span));
    if (after) text.append(cut(` … ${plural(after, "token")} after`));
    if (unread) text.append(cut(` … ${plural(unread, "character")} that the model does not read`));
    return text;
  }

  // A chunk is plain text until it is first drawn.
  function newChunks(row) {
    const chunks = [];
    for (let start = 0; start < row.words.length; start += CHUNK) {
      const words = row.words.slice(start, start + CHUNK);
      const span = element("span", { textContent: words.map((word) => word.gap + word.text).join("") });
      chunks.push({ row, start, words, span, tokens: [], drawn: null, visible: false });
      chunkOf.set(span, chunks.at(-1));
    }
    return chunks;
  }

  // --- one round

  function showRound() {
    hideTip();
    const amount = curve().amounts[round()];
    const masked = curve().ladder === "relative" ? `${amount} % masked` : `${plural(amount, "token")} masked`;
    const title = `${round()} of ${slider.max}: ${masked}`;
    find(".heatmap-round output").textContent = title;
    slider.setAttribute("aria-valuetext", `round ${title}`);
    rows.forEach(showPrediction);
    chunkOf.forEach((chunk) => chunk.visible && draw(chunk));
    find("[data-live]").textContent = `Round ${title}. ${rows.map((row) => `${row.name}: ${spoken(row)}`).join(". ")}`;
  }

  const isRight = (row, number = round()) => row.predicted[number] === example().label;

  function spoken(row) {
    return `${labelName(row.predicted[round()])}, ${percent(row.probability[round()])}, ${isRight(row) ? "right" : "wrong"}`;
  }

  function showPrediction(row) {
    const name = element("strong", {}, named(labelName(row.predicted[round()])));
    row.prediction.replaceChildren("predicts ", name, ` ${percent(row.probability[round()])} ${isRight(row) ? "✓ right" : "✗ wrong"}`);
    Array.from(row.trail.children).forEach((mark, number) => {
      mark.className = `${isRight(row, number) ? "right" : "wrong"}${number === round() ? " now" : ""}`;
    });
    const everything = curve().ladder === "relative" && curve().amounts[round()] === 100;
    row.note.textContent = scoresOf(row) || everything ? "" : "No round builds on this one, so its model was not explained.";
  }

  // Where a cell was explained once, its only scores hold for every round.
  const scoresOf = (row) => row.importance[row.importance.length === 1 ? 0 : round()];

  function draw(chunk) {
    if (!chunk.tokens.length) split(chunk);
    if (chunk.drawn === round()) return;
    const scores = scoresOf(chunk.row);
    chunk.tokens.forEach((token, index) => {
      const place = chunk.start + index;
      paint(token, chunk.row.maskedAt[place], scores?.[place] ?? 0);
    });
    chunk.drawn = round();
  }

  function split(chunk) {
    chunk.tokens = chunk.words.map((word) => element("span", { textContent: word.text }));
    chunk.tokens.forEach((token, index) => {
      token.dataset.place = chunk.start + index;
      token.dataset.part = chunk.words[index].text === "";
    });
    chunk.span.replaceChildren(...chunk.tokens.flatMap((token, index) => [chunk.words[index].gap, token]));
  }

  function paint(token, at, score) {
    const masked = at > 0 && at <= round();
    token.className = masked ? (at === round() ? "token masked new" : "token masked") : score < 0 ? "token against" : "token";
    token.style.setProperty("--share", `${Math.abs(score)}%`);
    token.dataset.round = at;
    token.role = masked ? "img" : null;
    token.ariaLabel = masked ? `masked in round ${at}` : null;
  }

  // A long text costs what is seen of it: chunks are drawn when they come into sight, and all before they are printed.
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const chunk = chunkOf.get(target);
      if (!chunk) continue;
      chunk.visible = isIntersecting;
      if (isIntersecting) draw(chunk);
    }
  });

  // --- one token

  function described(row, place) {
    const at = row.maskedAt[place];
    const scores = scoresOf(row);
    if (at > 0 && at <= round()) return `masked in round ${at}`;
    const later = at > 0 ? `, masked in round ${at}` : "";
    return scores ? `${scores[place]} % of the largest importance${later}` : `not explained${later}`;
  }

  function showTip(row, place) {
    const word = row.words[place].text || "a further piece of the character before";
    tip.replaceChildren(named(word), `: ${described(row, place)}`);
    tip.hidden = false;
    const box = tokenAt(row, place).getClientRects()[0]; // the first of its lines
    const frame = section.getBoundingClientRect();
    tip.style.left = `${Math.max(0, Math.min(box.left - frame.left, frame.width - tip.offsetWidth))}px`;
    tip.style.top = `${box.top - frame.top - tip.offsetHeight - 4}px`;
  }

  function hideTip() {
    tip.hidden = true;
  }

  function tokenAt(row, place) {
    const chunk = row.chunks[Math.floor(place / CHUNK)];
    draw(chunk);
    return chunk.tokens[place % CHUNK];
  }

  function walk(row, event) {
    if (event.key === "Escape") leave(row);
    const direction = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!direction || !row.words.length) return;
    event.preventDefault();
    const forwards = getComputedStyle(row.text).direction === "rtl" ? -direction : direction;
    const place = Math.max(0, Math.min(row.words.length - 1, row.here + forwards));
    leave(row);
    row.here = place;
    const token = tokenAt(row, place);
    token.dataset.here = "";
    token.scrollIntoView({ block: "nearest" });
    showTip(row, place);
    find("[data-live]").textContent = tip.textContent;
  }

  function leave(row) {
    if (row.here >= 0) delete tokenAt(row, row.here).dataset.here;
    row.here = -1;
    hideTip();
  }

  for (const name of Object.keys(chosen)) select(name).addEventListener("change", (event) => choose(name, Number(event.target.value)));
  section.querySelectorAll("[data-step]").forEach((button) => button.addEventListener("click", () => step(Number(button.dataset.step))));
  slider.addEventListener("input", showRound);
  addEventListener("beforeprint", () => chunkOf.forEach((chunk) => draw(chunk)));
  fill("group", groups.map(({ dataset, model }) => `${dataset}, ${model}`));
  find(".heatmap-view").hidden = false;
  choose("group", 0);
})();

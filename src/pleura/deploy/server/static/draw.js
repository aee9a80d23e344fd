// Draws what the server says. Text is only ever set as text: nothing of a file becomes part of the page.

export const at = (id) => document.getElementById(id);
const percent = (value) =>
  value > 0 && value < 0.01 ? "under 1 %" : value < 1 && value > 0.99 ? "over 99 %" : `${Math.round(100 * value)} %`;
const inARow = (names) =>
  names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names.join("");

export function make(tag, text, settings = {}) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(settings)) element.setAttribute(name, value);
  return element;
}

export function show(id, shown) {
  at(id).hidden = !shown;
}

function table(caption, heads, rows) {
  const all = make("table");
  if (caption) all.append(make("caption", caption));
  const head = make("tr");
  heads.forEach((text, i) => head.append(make("th", text, { scope: "col", ...(i ? { class: "number" } : {}) })));
  const top = make("thead"), body = make("tbody");
  top.append(head);
  for (const cells of rows) {
    const row = make("tr");
    cells.forEach((cell, i) => {
      const element = i ? make("td", undefined, { class: "number" }) : make("th", undefined, { scope: "row" });
      element.append(cell);
      row.append(element);
    });
    body.append(row);
  }
  all.append(top, body);
  return all;
}

function bar(name, value) {
  const whole = make("span", name), line = make("span", undefined, { class: "bar", "aria-hidden": "true" });
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg"), inner = document.createElementNS(space, "rect");
  picture.setAttribute("viewBox", "0 0 100 1");
  picture.setAttribute("preserveAspectRatio", "none");
  inner.setAttribute("width", String(100 * value));
  inner.setAttribute("height", "1");
  picture.append(inner);
  line.append(picture);
  whole.append(line);
  return whole;
}

export function showResult(shown) {
  show("result", shown);
  show("seen", shown);
  if (!shown) show("by-frame", false);
}

export function drawModel(about) {
  at("question").textContent = about.question || "Ask a model about an image";
  at("model").textContent = `Model ${about.name}, pleura ${about.version}`;
  const { megabytes, megapixels, frames } = about.bounds;
  at("takes").textContent =
    `PNG, JPEG, DICOM or a clip (MP4, MOV, AVI, MPEG, WebM, GIF). At most ${megabytes} MB, ` +
    `${megapixels} million pixels, ${frames.toLocaleString("en")} frames.`;
  at("cautions").replaceChildren(...about.cautions.map((text) => make("li", text)));
  const heats = about.heatmaps;
  show("heat-row", heats);
  show("explain-row", heats && about.classes.length > 1);
  show("no-heat", !heats);
  at("no-heat").textContent = about.no_heatmaps || "";
  at("explain").replaceChildren(
    make("option", "the likeliest", { value: "" }),
    ...about.classes.map((name) => make("option", name, { value: name })),
  );
  show("lungs-row", Boolean(about.lungs));
  show("cautions-box", about.cautions.length > 0);
}

function headline(about, record) {
  if (about.kind === "number") {
    const name = about.classes[0];
    return `${name}: ${Number(record.number.toPrecision(4))} ${about.unit || ""}`.trim();
  }
  if (about.kind === "findings") {
    if (!record.answers) return "Probabilities of findings";
    return record.answers.length ? `Called positive: ${inARow(record.answers)}` : "No finding is called positive";
  }
  const [likeliest] = record.answers;
  return `Likeliest: ${likeliest}, ${percent(record.probabilities[likeliest])}`;
}

function setSentence(about, record) {
  if (!record.set) return "";
  if (record.set.length === 0) return "No class fits well: every one could be ruled out. Take that as a warning.";
  if (record.set.length === about.classes.length) return "No class can be ruled out.";
  return `Cannot be ruled out: ${inARow(record.set)}.`;
}

function values(about, record) {
  if (!record.probabilities) return "";
  const names = Object.keys(record.probabilities);
  if (about.kind === "classes") names.sort((a, b) => record.probabilities[b] - record.probabilities[a]);
  const findings = about.kind === "findings";
  const heads = [findings ? "Finding" : "Class", "Probability"];
  if (findings && about.thresholds) heads.push("Positive from", "Called");
  if (record.set || record.sets) heads.push(findings ? "Can be" : "Ruled out");
  return table("", heads, names.map((name) => {
    const chance = record.probabilities[name];
    const cells = [bar(name, chance), percent(chance)];
    if (findings && about.thresholds)
      cells.push(percent(about.thresholds[name]), record.answers.includes(name) ? "positive" : "negative");
    if (record.set) cells.push(record.set.includes(name) ? "no" : "yes");
    if (record.sets) cells.push(record.sets[name].join(" or ") || "neither");
    return cells;
  }));
}

export function drawAnswer(about, view, name) {
  const { record } = view;
  const unlike = record.unlike_training === true;
  at("answer").textContent = (unlike ? "Not to be trusted. " : "") + headline(about, record);
  show("unlike", unlike);
  at("set").textContent = setSentence(about, record);
  at("promise").textContent =
    about.coverage && (record.set || record.sets)
      ? `Such sets promise to hold the right answer for at least ${percent(about.coverage)} of patients like those of the study.`
      : "";
  at("values").replaceChildren(values(about, record));
  const known = record.unlike_training === false ? ["Like the training images."] : [];
  const notes = record.notes.filter((note) => !note.startsWith("unlike"));
  at("notes").replaceChildren(...[...known, ...notes].map((text) => make("li", text)));
  drawFrames(about, record);
  const many = view.pictures.length > 1;
  show("frames-row", many);
  at("which").max = String(view.pictures.length - 1);
  at("which").value = "0";
  drawPicture(about, view, 0, name);
}

function drawFrames(about, record) {
  show("by-frame", Boolean(record.frames));
  if (!record.frames) return;
  const number = about.kind === "number";
  const heads = ["Frame", ...about.classes];
  const far = record.frames.some((frame) => frame.distance !== undefined);
  if (far) heads.push("Unlike the training images");
  at("frame-values").replaceChildren(table("", heads, record.frames.map((frame) => {
    const cells = [frame.frame.split("::").at(-1)];
    cells.push(...(number ? [frame.number.toPrecision(4)] : about.classes.map((name) => percent(frame.probabilities[name]))));
    if (far) cells.push(frame.distance > 1 ? "yes" : "no");
    return cells;
  })));
}

export function drawPicture(about, view, number, name) {
  const picture = view.pictures[number];
  const where = picture.frame === undefined ? "" : `, frame ${picture.frame}`;
  at("image").src = `data:image/png;base64,${picture.image}`;
  at("image").alt = `The image as the model sees it${where}`;
  at("heat").hidden = !picture.heatmap;
  if (picture.heatmap) {
    at("heat").src = `data:image/png;base64,${picture.heatmap}`;
    at("heat").alt = `Heat map of what speaks for ${view.explained}`;
  }
  at("lungs").setAttribute("viewBox", `0 0 ${view.side} ${view.side}`);
  at("lungs").querySelector("path").setAttribute("d", picture.lungs || "");
  at("lungs-note").textContent =
    picture.lungs === "" ? "No lungs were found." : picture.lungs_doubtful ? "It looks unusual: do not rely on it." : "";
  const colours = view.explained ? ` Brighter colours: more speaks for ${view.explained}. Colours of two images cannot be compared.` : "";
  at("caption").textContent = `${name}${where}, as the model sees it.${colours}`;
  at("which-value").textContent = `${picture.frame ?? number} (${number + 1} of ${view.pictures.length})`;
}

export function drawProblem(problem) {
  const box = at("problem");
  box.replaceChildren(make("strong", problem.what), make("p", problem.to_do));
  box.hidden = false;
}

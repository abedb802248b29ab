// The explorer: puts the editors, the answer and the schema together.
import { Editor, painted } from "./editor.js";
import { INTROSPECTION, complete, operations, paintJson, paintQuery, tidy } from "./graphql.js";
import { ask, by, element } from "./page.js";
import { Browser, Model } from "./schema.js";
import * as store from "./store.js";
import { described, language, say, speak } from "./texts.js";

const PAINTED = 200000;
const ERRORS_SHOWN = 20;

let examples = [];
let model = null;
let running = null;
let answered = "";

function readVariables() {
  const text = variables.value.trim();
  if (!text) return {};
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(say("variablesBad", error.message));
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Error(say("variablesObject"));
  return value;
}

function checkVariables() {
  let problem = "";
  try {
    readVariables();
  } catch (error) {
    problem = error.message;
  }
  by("variables-state").textContent = problem;
}

let saving = 0;
function changed() {
  checkVariables();
  clearTimeout(saving);
  saving = setTimeout(() => store.keepDraft(query.value, variables.value), 400);
}

// The access token as it was pasted, with its scheme or without. It stays in the page: nothing keeps it.
function token() {
  return by("token").value.trim().replace(/^bearer\s+/i, "");
}

// The operation in which the cursor stands, where there are several.
function operationName() {
  const all = operations(query.value);
  if (all.length < 2) return undefined;
  const cursor = query.area.selectionStart;
  const at = all.filter((one) => one.at <= cursor).pop() || all[0];
  return at.name || undefined;
}

function size(bytes) {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
}

function showAnswer(text, isJson) {
  answered = text;
  by("copy").hidden = !text;
  by("answer").replaceChildren(isJson && text.length <= PAINTED ? painted(text, paintJson(text), []) : text);
  by("answer").scrollTop = 0;
}

function showErrors(errors) {
  const box = by("errors");
  box.hidden = errors.length === 0;
  const items = errors.slice(0, ERRORS_SHOWN).map((error) => {
    const extensions = error.extensions || {};
    const item = element("li", {});
    if (extensions.code) item.append(element("code", {}, String(extensions.code)));
    item.append(element("p", {}, String(error.message)));
    const places = Array.isArray(error.locations) ? error.locations : [];
    for (const { line, column } of places) {
      item.append(element("button", { type: "button", onclick: () => query.show(line, column) }, say("place", line, column)));
    }
    const told = [];
    if (Array.isArray(error.path)) told.push(say("path", error.path.join(".")));
    for (const [name, value] of Object.entries(extensions)) {
      if (name !== "code") told.push(`${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
    }
    if (told.length) item.append(element("small", {}, told.join(" · ")));
    return item;
  });
  box.replaceChildren(element("ul", { "aria-label": errors.length === 1 ? say("oneError") : say("errors", errors.length) }, ...items));
  query.mark(errors.flatMap((error) => (Array.isArray(error.locations) ? error.locations : [])));
}

async function run() {
  if (running) {
    running.abort();
    return;
  }
  let given;
  try {
    given = readVariables();
  } catch (error) {
    by("variables-state").textContent = error.message;
    variables.area.focus();
    return;
  }
  const status = by("status");
  running = new AbortController();
  by("run").textContent = say("stop");
  status.textContent = say("running");
  showErrors([]);
  store.remember(query.value, variables.value);
  drawHistory();
  const began = performance.now();
  try {
    const body = { query: query.value, variables: given, operationName: operationName() };
    const { status: code, text, json } = await ask(body, by("answers").value, { signal: running.signal, token: token() });
    const took = Math.max(1, Math.round(performance.now() - began));
    const errors = json && Array.isArray(json.errors) ? json.errors : [];
    const parts = [say("done", code, took, size(new Blob([text]).size))];
    if (errors.length) parts.push(errors.length === 1 ? say("oneError") : say("errors", errors.length));
    if (!json) parts.push(say("noJson"));
    status.textContent = parts.join(" · ");
    showAnswer(json ? JSON.stringify(json, null, 2) : text, Boolean(json));
    showErrors(errors);
  } catch (error) {
    status.textContent = error.name === "AbortError" ? say("stopped") : say("unreachable", error.message);
    showAnswer("", false);
  } finally {
    running = null;
    by("run").textContent = say("run");
  }
}

function load(text, given) {
  query.value = text;
  variables.value = given === "{}" ? "" : given;
  changed();
}

function drawHistory() {
  const entries = store.history();
  const items = entries.map((entry) => {
    const first = operations(entry.query)[0];
    const name = (first && first.name) || say("unnamed");
    const at = new Date(entry.at || 0).toLocaleString(language() === "zh" ? "zh-CN" : "en-GB");
    return element("button", { type: "button", onclick: () => {
      load(entry.query, entry.variables);
      by("history").open = false;
      query.area.focus();
    } }, name, element("small", {}, `${at} · ${entry.variables.replace(/\s+/g, " ").slice(0, 80) || entry.query.replace(/\s+/g, " ").slice(0, 80)}`));
  });
  if (entries.length) {
    items.push(element("button", { type: "button", onclick: () => {
      store.forget();
      drawHistory();
    } }, say("clear")));
  }
  by("past").replaceChildren(...(items.length ? items : [element("p", {}, say("noHistory"))]));
}

function drawExamples() {
  const options = examples.map((example) => element("option", { value: example.key, title: example.about[language()] }, example.title[language()]));
  by("examples").replaceChildren(element("option", { value: "" }, say("choose")), ...options);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (_) {
    // Only pages served over TLS, or from this machine, have a clipboard.
    const area = element("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1" });
    area.value = text;
    document.body.append(area);
    area.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch (_failed) {
      done = false;
    }
    area.remove();
    return done;
  }
}

// `#query=…&variables=…`, or `#example=…` with variables put over its own. Tells whether there was anything to show.
function readHash() {
  const given = new URLSearchParams(location.hash.slice(1));
  const own = given.get("variables");
  if (given.get("query") !== null) {
    load(given.get("query"), own || "");
    return true;
  }
  const example = examples.find((one) => one.key === given.get("example"));
  if (!example) return false;
  let text = example.variables.trim();
  if (own) {
    try {
      text = JSON.stringify({ ...JSON.parse(text), ...JSON.parse(own) }, null, 2);
    } catch (_) {
      text = own;
    }
  }
  load(example.query, text);
  return true;
}

async function share() {
  const given = new URLSearchParams({ query: query.value });
  if (variables.value.trim()) given.set("variables", variables.value);
  history.replaceState(null, "", `${location.pathname}?lang=${language()}#${given}`);
  const done = await copy(location.href);
  by("status").textContent = say(done ? "shared" : "sharedBar");
}

// Writes a field, an argument or a value where the cursor stands.
function insert(type, member) {
  const { area } = query;
  const at = area.selectionStart;
  const before = area.value.slice(0, at);
  const gap = before && !/[\s({[$@.]$/.test(before) ? " " : "";
  const needed = (member.args || []).filter((argument) => argument.type.kind === "NON_NULL" && argument.defaultValue === null);
  const args = needed.length ? `(${needed.map((argument) => `${argument.name}: $${argument.name}`).join(", ")})` : "";
  const tail = type.kind === "INPUT_OBJECT" ? ": " : "";
  query.replace(at, area.selectionEnd, `${gap}${member.name}${args}${tail}`);
}

function drawTexts() {
  document.title = say("page");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  const other = language() === "zh" ? "en" : "zh";
  const link = by("switch");
  link.textContent = other === "zh" ? "中文" : "English";
  link.href = `/explorer?lang=${other}`;
  link.lang = other === "zh" ? "zh-Hans" : "en";
  by("home").href = `/?lang=${language()}`;
  by("find").placeholder = say("find");
  by("token").placeholder = say("tokenKept");
  by("trail").setAttribute("aria-label", say("schema"));
  if (running) by("run").textContent = say("stop");
  if (!answered) by("answer").textContent = say("ready");
  drawExamples();
  drawHistory();
  browser.draw();
  checkVariables();
}

async function readSchema() {
  browser.say(element("p", {}, say("loading")));
  try {
    const { status, json } = await ask({ query: INTROSPECTION }, language());
    if (!json || !json.data || !json.data.__schema) {
      const first = json && json.errors && json.errors[0];
      throw new Error(first ? first.message : `HTTP ${status}`);
    }
    model = new Model(json.data);
    browser.open(model);
  } catch (error) {
    browser.say(element("p", { class: "warn" }, say("noSchema", error.message)), element("button", { type: "button", onclick: readSchema }, say("again")));
  }
}

const announce = (text) => {
  by("said").textContent = text;
};
const query = new Editor(by("query-pane"), "query", {
  label: "query-label", describedBy: "keys", paint: paintQuery, changed, run, announce,
  complete: (text, cursor) => model && complete(text, cursor, model),
  describe: (one) => described(one.description),
});
const variables = new Editor(by("variables-pane"), "variables", { label: "variables-label", paint: paintJson, changed, run });
const browser = new Browser(by("trail"), by("pages"), by("find"), insert);

async function start() {
  by("answers").value = store.answers() || language();
  drawTexts();
  by("run").addEventListener("click", run);
  by("share").addEventListener("click", share);
  by("tidy").addEventListener("click", () => {
    const laid = tidy(query.value);
    if (laid !== query.value) query.replace(0, query.value.length, laid);
  });
  by("copy").addEventListener("click", async () => {
    if (await copy(answered)) by("status").textContent = say("copied");
  });
  by("answers").addEventListener("change", (event) => store.keepAnswers(event.target.value));
  by("examples").addEventListener("change", (event) => {
    const example = examples.find((one) => one.key === event.target.value);
    if (example) load(example.query, example.variables.trim());
  });
  by("switch").addEventListener("click", (event) => {
    event.preventDefault();
    speak(language() === "zh" ? "en" : "zh");
    by("answers").value = language();
    store.keepAnswers(language());
    history.replaceState(null, "", `${location.pathname}?lang=${language()}${location.hash}`);
    drawTexts();
  });
  document.addEventListener("click", (event) => {
    if (!by("history").contains(event.target)) by("history").open = false;
  });
  by("history").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    by("history").open = false;
    by("history").querySelector("summary").focus();
  });
  window.addEventListener("hashchange", readHash);
  const schema = readSchema();
  try {
    examples = await (await fetch("/assets/examples.json")).json();
  } catch (_) {
    examples = [];
  }
  drawExamples();
  if (!readHash()) {
    const draft = store.draft();
    if (draft) load(draft.query, draft.variables);
    else if (examples.length) load(examples[0].query, examples[0].variables.trim());
  }
  await schema;
}

start();

// What the browser keeps for its reader: the draft and the queries that were run. It may refuse to keep anything.
const HISTORY = "lianhe.history";
const DRAFT = "lianhe.draft";
const ANSWERS = "lianhe.answers";
const KEPT = 30;
const LONGEST = 40000;

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch (_) {
    return null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch (_) {
    // Full, or forbidden: the explorer works without.
  }
}

function isEntry(entry) {
  return Boolean(entry) && typeof entry.query === "string" && typeof entry.variables === "string";
}

export function history() {
  const entries = read(HISTORY);
  return Array.isArray(entries) ? entries.filter(isEntry).slice(0, KEPT) : [];
}

export function remember(query, variables) {
  if (query.length + variables.length > LONGEST) return;
  const others = history().filter((entry) => entry.query !== query || entry.variables !== variables);
  write(HISTORY, [{ query, variables, at: Date.now() }, ...others].slice(0, KEPT));
}

export function forget() {
  write(HISTORY, []);
}

export function draft() {
  const entry = read(DRAFT);
  return isEntry(entry) ? entry : null;
}

export function keepDraft(query, variables) {
  if (query.length + variables.length <= LONGEST) write(DRAFT, { query, variables });
}

export function answers() {
  const lang = read(ANSWERS);
  return lang === "zh" || lang === "en" ? lang : null;
}

export function keepAnswers(lang) {
  write(ANSWERS, lang);
}

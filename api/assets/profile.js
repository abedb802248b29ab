// The page of a profile: what everybody may see of it, and who vouches for what.
import { ask, by, element } from "./page.js";
import { language, say } from "./texts.js";

const QUERY = `query Profile($id: ID!, $basis: ReportBasis) {
  profile(id: $id) {
    country { code name { zh en } }
    city
    website
    rorId
    creditCode
    fields { label { zh en } }
    keywords
    offers
    seeks
    confirmedAt
    changedAt
    facts { fact { name type label { zh en } unit { zh en } values { value label { zh en } } } value assurance }
    verifications { fact { name } on until }
    staleFacts { name }
    directions(basis: $basis) {
      role
      verdict
      direction { prefix title { zh en } guide { title { zh en } } }
      missingFacts { label { zh en } }
      staleFacts { label { zh en } }
    }
  }
}`;

const SIGNS = { ELIGIBLE: ["good", "✓"], INELIGIBLE: ["bad", "✗"], UNDETERMINED: ["open", "?"] };
const into = by("profile");
const told = by("told");
let asked = 0;
let showsAll = false;

const text = (of) => (of ? of[language()] : "");
const list = (texts) => texts.join(say("comma"));
// Days are those of Beijing, as everywhere in the service; this locale writes them as ISO 8601 does.
const day = (time) => new Date(time).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });

async function read(basis) {
  const { json, status } = await ask({ query: QUERY, variables: { id: into.dataset.id, basis } }, language());
  const first = json && json.errors && json.errors[0];
  if (!json || !json.data || first) throw new Error(first ? first.message : `HTTP ${status}`);
  return json.data.profile;
}

// Addresses come from outside; only those of the web are followed.
function address(url) {
  return /^https?:\/\//i.test(url) ? element("a", { href: url, rel: "noopener noreferrer" }, url) : url;
}

function value(profile, { fact, value: known }) {
  if (fact.type === "BOOLEAN") return say(known ? "yes" : "no");
  if (fact.type === "COUNTRY" && profile.country && profile.country.code === known) return text(profile.country.name);
  const one = (item) => {
    const choice = fact.values.find((each) => each.value === item);
    return choice ? text(choice.label) : String(item);
  };
  const whole = Array.isArray(known) ? list(known.map(one)) : one(known);
  return fact.unit ? `${whole} ${text(fact.unit)}` : whole;
}

function summary(profile) {
  const known = (name) => {
    const found = profile.facts.find(({ fact }) => fact.name === name);
    return found ? value(profile, found) : say("unknown");
  };
  const rows = [
    [say("country"), profile.country ? text(profile.country.name) : say("unknown")],
    [say("town"), profile.city],
    [say("kind"), known("member.kind")],
    [say("registeredOn"), known("member.registered_on")],
    [say("website"), profile.website && address(profile.website)],
    ["ROR", profile.rorId && address(profile.rorId)],
    [say("creditCode"), profile.creditCode],
    [say("researchFields"), list(profile.fields.map(({ label }) => text(label)))],
    [say("keywords"), list(profile.keywords)],
    [say("confirmedOn"), profile.confirmedAt && day(profile.confirmedAt)],
    [say("changedOn"), day(profile.changedAt)],
  ];
  return element("dl", { class: "said" }, ...rows.filter(([, shown]) => shown).flatMap(([name, shown]) => [element("dt", {}, name), element("dd", {}, shown)]));
}

function section(id, title, ...children) {
  return element("section", { "aria-labelledby": id }, element("h2", { id }, title), ...children);
}

function heads(...titles) {
  return element("thead", {}, element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title))));
}

function facts(profile) {
  const stamps = new Map(profile.verifications.map((stamp) => [stamp.fact.name, stamp]));
  const stale = new Set(profile.staleFacts.map(({ name }) => name));
  const rows = profile.facts.map((known) => {
    const stamp = known.assurance === "VERIFIED" && stamps.get(known.fact.name);
    const who = element("td", {}, say(known.assurance));
    if (known.assurance === "VERIFIED") who.className = "good";
    if (stamp) who.replaceChildren(stamp.until ? say("verifiedUntil", stamp.on, stamp.until) : say("verifiedOn", stamp.on));
    if (stale.has(known.fact.name)) who.append(element("small", { class: "open" }, say("stale")));
    return element("tr", {}, element("th", { scope: "row" }, text(known.fact.label)), element("td", {}, value(profile, known)), who);
  });
  const shown = rows.length
    ? element("table", { class: "table" }, heads(say("fact"), say("value"), say("vouched")), element("tbody", {}, ...rows))
    : element("p", {}, say("noFacts"));
  return section("facts", say("knownFacts"), element("p", { class: "note" }, say("factsAbout")), shown);
}

function verdict(report) {
  const [style, sign] = SIGNS[report.verdict];
  const names = (of) => list(of.map(({ label }) => text(label)));
  const node = element("div", {}, `${say(report.role)}${say("colon")}`,
    element("span", { class: style }, element("span", { "aria-hidden": "true" }, `${sign} `), say(report.verdict)));
  if (report.missingFacts.length) node.append(element("small", {}, say("missing", names(report.missingFacts))));
  if (report.staleFacts.length) node.append(element("small", { class: "open" }, say("resting", names(report.staleFacts))));
  return node;
}

// A table for each call, a row for each direction.
function tables(reports) {
  const shown = reports.filter((report) => showsAll || report.verdict !== "INELIGIBLE");
  if (!shown.length) return [element("p", {}, say("noRole"))];
  const calls = new Map();
  for (const report of shown) {
    const call = text(report.direction.guide.title);
    if (!calls.has(call)) calls.set(call, new Map());
    const rows = calls.get(call);
    const key = report.direction.prefix;
    if (!rows.has(key)) rows.set(key, []);
    rows.get(key).push(report);
  }
  return [...calls].flatMap(([call, rows]) => [
    element("h3", { class: "call" }, call),
    element("table", { class: "table" }, heads(say("direction"), say("verdict")), element("tbody", {}, ...[...rows].map(([prefix, of]) =>
      element("tr", {}, element("th", { scope: "row" }, `${prefix} ${text(of[0].direction.title)}`), element("td", {}, ...of.map(verdict)))))),
  ]);
}

function directions(first) {
  let reports = first;
  const used = element("p", { class: "note", role: "status" }, say("basisUsed"));
  const box = element("div", {});
  const draw = () => box.replaceChildren(...tables(reports));
  const choose = async (basis) => {
    asked += 1;
    const turn = asked;
    box.classList.add("mute");
    try {
      const profile = await read(basis);
      if (turn !== asked) return;
      reports = profile ? profile.directions : [];
      used.textContent = say(basis === "VERIFIED" ? "basisUsedVerified" : "basisUsed");
      draw();
    } catch (error) {
      if (turn === asked) used.textContent = say("unreachable", error.message);
    } finally {
      if (turn === asked) box.classList.remove("mute");
    }
  };
  const radio = (basis) => element("label", {},
    element("input", { type: "radio", name: "basis", value: basis, autocomplete: "off", checked: basis === "DECLARED" ? "" : null, onchange: () => choose(basis) }),
    say(`${basis}_BASIS`));
  const all = element("label", { class: "tick" }, element("input", { type: "checkbox", autocomplete: "off", onchange: (event) => {
    showsAll = event.target.checked;
    draw();
  } }), say("showAll"));
  draw();
  return section("directions", say("openTo"), element("p", { class: "note" }, say("openToAbout")),
    element("fieldset", { class: "basis" }, element("legend", {}, say("basis")), radio("DECLARED"), radio("VERIFIED")),
    element("p", {}, all), used, box);
}

function explorer() {
  const given = new URLSearchParams({ query: QUERY, variables: JSON.stringify({ id: into.dataset.id, basis: "DECLARED" }, null, 2) });
  return element("p", { class: "acts" }, element("a", { class: "button", href: `/explorer?lang=${language()}#${given}` }, say("askMore")));
}

async function start() {
  told.textContent = say("profileLoading");
  try {
    const profile = await read("DECLARED");
    told.textContent = profile ? "" : say("profileGone");
    if (!profile) return;
    const words = [["offered", profile.offers], ["sought", profile.seeks]].filter(([, words]) => words);
    into.replaceChildren(
      summary(profile),
      ...words.map(([key, words]) => section(key, say(key), element("blockquote", {}, words))),
      facts(profile),
      directions(profile.directions),
      explorer(),
    );
  } catch (error) {
    told.classList.add("bad");
    told.textContent = say("unreachable", error.message);
  }
}

if (into) start();

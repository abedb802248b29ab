// The pages behind the links of mails, and the account. Tokens stay in this page: nothing keeps them, and no address holds them.
import { ask, by, element } from "./page.js";
import { language, say, speak } from "./texts.js";

const { page } = document.body.dataset;
const token = takeToken();
const needsToken = page !== "account";
let session = null;

// The token of the link, which leaves the address bar, and with it what is copied from there.
function takeToken() {
  const given = new URLSearchParams(location.search);
  const found = (given.get("token") || "").trim();
  if (given.has("token")) {
    given.delete("token");
    const rest = String(given);
    history.replaceState(null, "", location.pathname + (rest ? `?${rest}` : ""));
  }
  return found;
}

// What is said where, so that it can be said again in the other language.
const said = new Map();

function tell(node, speech, style = "") {
  said.set(node, speech);
  node.textContent = speech();
  node.classList.toggle("good", style === "good");
  node.classList.toggle("bad", style === "bad");
}

const nothing = () => "";
const of = (text) => () => sentence(language() === "zh" ? text.zh : text.en);

// Messages of the server are parts of sentences.
function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.。!！?？]$/.test(whole) ? whole : whole + (language() === "zh" ? "。" : ".");
}

// What the sender of a form can mend, or nobody can.
class Refused extends Error {
  constructor(errors, speech) {
    super("refused");
    this.errors = errors;
    this.speech = speech;
  }
}

function wait(seconds) {
  return seconds < 100 ? say("seconds", seconds) : say("minutes", Math.ceil(seconds / 60));
}

function failed(errors, status) {
  const first = errors && errors[0];
  if (!first) return () => say("refused", `HTTP ${status}`);
  const { code, retryAfterSeconds } = first.extensions || {};
  if (code === "RATE_LIMITED") return () => say("tooMany", wait(retryAfterSeconds));
  if (session && ["UNAUTHENTICATED", "TOKEN_EXPIRED", "INVALID_TOKEN"].includes(code)) {
    leave();
    tell(by("told"), () => say("signInAgain"), "bad");
    return nothing;
  }
  return () => sentence(first.message);
}

async function request(body) {
  let answer;
  try {
    answer = await ask(body, language(), { token: session && session.accessToken });
  } catch (error) {
    throw new Refused([], () => say("unreachable", error.message));
  }
  const { json, status } = answer;
  if (!json || !json.data) throw new Refused([], failed(json && json.errors, status));
  return json.data;
}

async function change(field, input, wanted) {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { done: ${field}(input: $input) { ${wanted} userErrors { code field message { zh en } } } }`;
  const { done } = await request({ query, variables: { input } });
  if (done.userErrors.length) throw new Refused(done.userErrors);
  return done;
}

function clear(form) {
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const node of form.querySelectorAll(".wrong, .told")) tell(node, nothing);
}

// Puts each error beside its field; what has none, below the form.
function complain(form, refused) {
  const rest = refused.speech ? [refused.speech] : [];
  let first = null;
  for (const error of refused.errors) {
    const input = error.field && form.elements.namedItem(error.field);
    const place = input && by(`${input.id}-wrong`);
    const speech = error.speech || of(error.message);
    if (!place) {
      rest.push(speech);
      continue;
    }
    input.setAttribute("aria-invalid", "true");
    tell(place, speech);
    if (!first) first = input;
  }
  if (rest.length) tell(form.querySelector(".told"), () => rest.map((one) => one()).join(" "), "bad");
  if (first) first.focus();
}

// The page has done what it is for.
function finish(speech, next) {
  by("steps").hidden = true;
  document.querySelector(".lead").hidden = true;
  tell(by("told"), speech, "good");
  if (next) by("told").after(element("p", {}, next));
  by("told").focus();
}

function link(to, text) {
  return element("a", { href: `${to}?lang=${language()}`, "data-to": to, "data-text": text }, say(text));
}

function enter(signedIn) {
  session = signedIn;
  const { account } = session;
  by("out").hidden = true;
  by("in").hidden = false;
  tell(by("who"), () => say("signedIn", account.name, account.email));
  by("who").focus();
}

function leave() {
  session = null;
  by("in").hidden = true;
  by("out").hidden = false;
  by("second").hidden = true;
}

async function end() {
  try {
    await request({ query: "mutation { signOut { isSignedOut } }" });
  } catch (_) {
    // It ends by itself, and the page forgets it in any case.
  }
  session = null;
}

async function showProfiles() {
  const { myProfiles } = await request({ query: "{ myProfiles { isListed role profileId content { name { zh en } } } }" });
  const list = by("profiles");
  const items = myProfiles.map((profile) => {
    const name = element("span");
    const { zh, en } = profile.content.name;
    tell(name, () => `${(language() === "zh" ? zh : en) || say("unnamedProfile")} · ${say(`role${profile.role}`)}`);
    const item = element("li", {}, name);
    if (profile.isListed) item.append(" · ", link(`/profiles/${profile.profileId}`, "toProfile"));
    return item;
  });
  if (!items.length) {
    const none = element("li", {});
    tell(none, () => say("noProfiles"));
    items.push(none);
  }
  list.replaceChildren(...items);
}

const actions = {
  async verify() {
    await change("verifyEmail", { token }, "isVerified");
    finish(() => say("verifyDone"), link("/account", "toAccount"));
  },
  async email() {
    await change("confirmEmailChange", { token }, "isChanged");
    finish(() => say("emailDone"), link("/account", "toAccount"));
  },
  async reset({ password, repeat }) {
    if (password !== repeat) throw new Refused([{ field: "repeat", speech: () => say("different") }]);
    await change("resetPassword", { token, password }, "isReset");
    finish(() => say("resetDone"), link("/account", "toAccount"));
  },
  async signIn({ email, password, code }, form) {
    let done;
    try {
      done = await change("signIn", { email, password, code: code || null }, "session { accessToken account { name email } }");
    } catch (error) {
      const asked = error instanceof Refused && error.errors.some((one) => one.code === "SECOND_FACTOR_REQUIRED");
      if (asked) by("second").hidden = false;
      throw error;
    }
    form.reset();
    enter(done.session);
    if (page === "account") await showProfiles();
  },
  async signUp({ name, email, password, language: mails }, form) {
    await change("signUp", { name, email, password, language: mails }, "isAccepted");
    form.elements.namedItem("password").value = "";
    tell(form.querySelector(".told"), () => say(page === "invitation" ? "signUpDoneInvited" : "signUpDone", email), "good");
  },
  async forgot({ email }, form) {
    await change("requestPasswordReset", { email }, "isAccepted");
    tell(form.querySelector(".told"), () => say("forgotDone", email), "good");
  },
  async resend({ email }, form) {
    await change("resendVerification", { email }, "isAccepted");
    tell(form.querySelector(".told"), () => say("resendDone", email), "good");
  },
  async accept() {
    const { profile } = await change("acceptInvitation", { token }, "profile { isListed role profileId content { name { zh en } } }");
    const { zh, en } = profile.content.name;
    await end();
    const next = profile.isListed ? link(`/profiles/${profile.profileId}`, "toProfile") : link("/account", "toAccount");
    finish(() => say("accepted", (language() === "zh" ? zh : en) || say("unnamedProfile"), say(`role${profile.role}`)), next);
  },
  async decline() {
    await change("declineInvitation", { token }, "isDeclined");
    if (session) await end();
    finish(() => say("declined"));
  },
  async copy(_, form) {
    try {
      await navigator.clipboard.writeText(session.accessToken);
    } catch (_failed) {
      throw new Refused([], () => say("notCopied"));
    }
    tell(form.querySelector(".told"), () => say("copied"), "good");
  },
  async signOut() {
    await end();
    leave();
    tell(by("told"), () => say("signedOut"), "good");
    by("told").focus();
  },
};

async function submit(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const button = form.querySelector("button");
  const given = Object.fromEntries(new FormData(form));
  clear(form);
  tell(by("told"), nothing);
  tell(form.querySelector(".told"), () => say("working"));
  button.disabled = true;
  try {
    const before = said.get(form.querySelector(".told"));
    await actions[form.dataset.form](given, form);
    if (said.get(form.querySelector(".told")) === before) tell(form.querySelector(".told"), nothing);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(form.querySelector(".told"), nothing);
    complain(form, error);
  } finally {
    button.disabled = false;
  }
}

function draw() {
  document.title = `${say(`${page}Title`)} · Lianhe 联合`;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", say(node.dataset.label));
  for (const node of document.querySelectorAll("[data-to]")) node.href = `${node.dataset.to}?lang=${language()}`;
  for (const [node, speech] of said) node.textContent = speech();
  const other = language() === "zh" ? "en" : "zh";
  const link = by("switch");
  link.textContent = other === "zh" ? "中文" : "English";
  link.lang = other === "zh" ? "zh-Hans" : "en";
  link.hreflang = link.lang;
  link.href = `${location.pathname}?lang=${other}`;
}

for (const form of document.querySelectorAll("form")) form.addEventListener("submit", submit);
// In the page, for another request would have lost the token.
by("switch").addEventListener("click", (event) => {
  event.preventDefault();
  speak(language() === "zh" ? "en" : "zh");
  history.replaceState(null, "", `${location.pathname}?lang=${language()}`);
  draw();
});
const mails = by("up-language");
if (mails) mails.value = language() === "zh" ? "ZH" : "EN";
draw();
if (needsToken && !token) tell(by("told"), () => say("noToken"), "bad");
else by("steps").hidden = false;

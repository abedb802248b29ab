// The schema as the server tells it, and the panel in which it is read.
import { named, written } from "./graphql.js";
import { element } from "./page.js";
import { described, say } from "./texts.js";

const SHOWN = 80;

export class Model {
  constructor(data) {
    const own = data.__schema;
    this.queryType = own.queryType.name;
    this.types = new Map(own.types.map((type) => [type.name, type]));
    this.directives = new Map(own.directives.map((directive) => [directive.name, directive]));
  }

  composite() {
    return this.shown().filter((type) => /^(OBJECT|INTERFACE|UNION)$/.test(type.kind));
  }

  inputs() {
    return [...this.types.values()].filter((type) => /^(SCALAR|ENUM|INPUT_OBJECT)$/.test(type.kind) && !type.name.startsWith("__"));
  }

  shown() {
    return [...this.types.values()].filter((type) => !type.name.startsWith("__"));
  }

  // What holds every word: types first, then their fields and values.
  search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const score = (name, description) => {
      const [low, about] = [name.toLowerCase(), (description || "").toLowerCase()];
      if (!words.every((word) => low.includes(word) || about.includes(word))) return 0;
      if (low === words[0]) return 4;
      if (low.startsWith(words[0])) return 3;
      return words.every((word) => low.includes(word)) ? 2 : 1;
    };
    const found = [];
    for (const type of this.shown()) {
      const own = score(type.name, type.description);
      if (own) found.push({ type, member: null, score: own + 0.5 });
      for (const member of [...(type.fields || []), ...(type.inputFields || []), ...(type.enumValues || [])]) {
        const points = score(member.name, member.description);
        if (points) found.push({ type, member, score: points });
      }
    }
    return found.sort((a, b) => b.score - a.score);
  }

  usedBy(name) {
    const places = [];
    for (const type of this.shown()) {
      for (const member of [...(type.fields || []), ...(type.inputFields || [])]) {
        const types = [member.type, ...(member.args || []).map((argument) => argument.type)];
        if (types.some((one) => named(one) === name)) places.push({ type, member });
      }
    }
    return places;
  }
}

export class Browser {
  constructor(trail, pages, find, insert) {
    Object.assign(this, { trail, pages, find, insert });
    this.model = null;
    this.at = [];
    find.addEventListener("input", () => this.draw());
  }

  open(model) {
    this.model = model;
    this.at = [];
    this.draw();
  }

  say(...nodes) {
    this.trail.replaceChildren();
    this.pages.replaceChildren(...nodes);
  }

  go(name) {
    const known = this.at.indexOf(name);
    if (known >= 0) this.at.length = known + 1;
    else this.at.push(name);
    this.find.value = "";
    this.draw();
    this.pages.scrollTop = 0;
    this.pages.focus({ preventScroll: true });
  }

  draw() {
    if (!this.model) return;
    const wanted = this.find.value.trim();
    const back = element("button", { type: "button", onclick: () => {
      this.at = [];
      this.find.value = "";
      this.draw();
    } }, say("root"));
    this.trail.replaceChildren(back);
    this.at.forEach((name, index) => {
      this.trail.append(" › ", element("button", { type: "button", "aria-current": index === this.at.length - 1 ? "page" : null, onclick: () => this.go(name) }, name));
    });
    if (wanted) this.pages.replaceChildren(...this.results(wanted));
    else if (this.at.length) this.pages.replaceChildren(...this.type(this.model.types.get(this.at[this.at.length - 1])));
    else this.pages.replaceChildren(...this.type(this.model.types.get(this.model.queryType)), ...this.all());
  }

  link(type) {
    const name = named(type);
    const [before, after] = written(type).split(name);
    return element("span", { class: "plain" }, before, element("button", { type: "button", onclick: () => this.go(name) }, name), after);
  }

  about(member) {
    const texts = [described(member.description)];
    if (member.isDeprecated) texts.push(say("deprecated", member.deprecationReason || ""));
    const text = texts.filter(Boolean).join("\n");
    return text ? [element("p", {}, text)] : [];
  }

  member(type, member, inserts) {
    const name = inserts
      ? element("button", { type: "button", class: member.isDeprecated ? "field past" : "field", title: say("insert", member.name), "aria-label": say("insert", member.name), onclick: () => this.insert(type, member) }, member.name)
      : element("span", { class: "plain c-name" }, member.name);
    const line = [name];
    if (member.type) line.push(": ", this.link(member.type));
    if (member.defaultValue) line.push(` = ${member.defaultValue}`);
    const args = (member.args || []).map((argument) => element("li", {}, element("span", { class: "plain" }, argument.name), ": ", this.link(argument.type), argument.defaultValue ? ` = ${argument.defaultValue}` : "", ...this.about(argument)));
    return element("li", {}, ...line, ...this.about(member), ...(args.length ? [element("ul", {}, ...args)] : []));
  }

  type(type) {
    if (!type) return [];
    const parts = [element("h3", {}, type.name), ...this.about(type)];
    const section = (title, items) => {
      if (items.length) parts.push(element("h4", {}, title), element("ul", {}, ...items));
    };
    section(say("fields"), (type.fields || []).map((one) => this.member(type, one, true)));
    section(say("inputs"), (type.inputFields || []).map((one) => this.member(type, one, true)));
    section(say("values"), (type.enumValues || []).map((one) => this.member(type, one, true)));
    section(say("possible"), (type.possibleTypes || []).map((one) => element("li", {}, this.link({ kind: "OBJECT", name: one.name }))));
    if (type.name !== this.model.queryType) {
      section(say("usedBy"), this.model.usedBy(type.name).slice(0, SHOWN).map((place) => this.place(place)));
    }
    return parts;
  }

  place({ type, member }) {
    return element("li", {}, element("button", { type: "button", onclick: () => this.go(type.name) }, type.name), element("span", { class: "plain" }, member ? `.${member.name}` : ""));
  }

  all() {
    const types = this.model.shown().filter((type) => type.name !== this.model.queryType).sort((a, b) => (a.name < b.name ? -1 : 1));
    return [element("h4", {}, say("types")), element("ul", {}, ...types.map((type) => element("li", {}, element("button", { type: "button", onclick: () => this.go(type.name) }, type.name), ...this.about(type))))];
  }

  results(wanted) {
    const found = this.model.search(wanted);
    if (!found.length) return [element("p", {}, say("nothing"))];
    const items = found.slice(0, SHOWN).map(({ type, member }) => {
      const item = this.place({ type, member });
      item.append(...this.about(member || type));
      return item;
    });
    const rest = found.length - items.length;
    return [element("p", {}, say("found", found.length)), element("ul", {}, ...items), ...(rest > 0 ? [element("p", {}, say("more", rest))] : [])];
  }
}

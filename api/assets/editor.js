// A text area with line numbers, colours, marks and offers. The text area stays what is edited, read aloud and selected; a
// painted copy lies beneath it.
import { element } from "./page.js";
import { say } from "./texts.js";

const PAINTED = 60000;
let count = 0;

// Text in coloured pieces; what is marked is set apart as well.
export function painted(text, pieces, marks) {
  const into = document.createDocumentFragment();
  const edges = new Set([0, text.length]);
  for (const piece of [...pieces, ...marks]) {
    edges.add(Math.min(piece.start, text.length));
    edges.add(Math.min(piece.end, text.length));
  }
  const sorted = [...edges].sort((a, b) => a - b);
  let at = 0;
  for (let index = 0; index + 1 < sorted.length; index += 1) {
    const [start, end] = [sorted[index], sorted[index + 1]];
    while (at < pieces.length && pieces[at].end <= start) at += 1;
    const piece = pieces[at] && pieces[at].start <= start ? pieces[at].style : "";
    const mark = marks.some((one) => one.start <= start && start < one.end) ? "at" : "";
    const style = [piece, mark].filter(Boolean).join(" ");
    const part = text.slice(start, end);
    into.append(style ? element("span", { class: style }, part) : part);
  }
  return into;
}

export class Editor {
  // options: label (id of the heading), paint, complete (may be missing), changed, run.
  constructor(pane, id, options) {
    this.options = options;
    this.marks = [];
    this.offers = [];
    this.chosen = 0;
    this.start = 0;
    this.leaving = false;
    count += 1;
    this.gutter = element("pre", { class: "gutter", "aria-hidden": "true" });
    this.paint = element("pre", { class: "paint", "aria-hidden": "true" });
    this.area = element("textarea", {
      id, class: "code", wrap: "off", spellcheck: "false", autocomplete: "off", autocapitalize: "off", autocorrect: "off",
      "aria-labelledby": options.label,
    });
    if (options.describedBy) this.area.setAttribute("aria-describedby", options.describedBy);
    this.box = element("div", { class: "editor" }, this.paint, this.gutter, this.area);
    this.list = element("ul", { class: "offer", id: `offer-${count}`, role: "listbox", hidden: "" });
    pane.append(this.box, this.list);
    this.pane = pane;
    if (options.complete) {
      this.area.setAttribute("aria-autocomplete", "list");
      this.area.setAttribute("aria-controls", this.list.id);
    }
    this.area.addEventListener("input", (event) => {
      this.marks = [];
      this.refresh();
      this.options.changed();
      const typed = event.inputType === "insertText" && !event.isComposing;
      if (typed && /[\w@$.]/.test(event.data || "")) this.suggest(false);
      else if (!this.list.hidden && /^delete/.test(event.inputType || "")) this.suggest(false);
      else this.dismiss();
    });
    this.area.addEventListener("scroll", () => this.follow());
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("blur", () => this.dismiss());
    this.area.addEventListener("click", () => this.dismiss());
    this.refresh();
  }

  get value() {
    return this.area.value;
  }

  set value(text) {
    this.area.value = text;
    this.marks = [];
    this.dismiss();
    this.refresh();
  }

  follow() {
    const { scrollTop, scrollLeft } = this.area;
    this.gutter.style.transform = `translateY(${-scrollTop}px)`;
    this.paint.style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
    if (!this.list.hidden) this.place();
  }

  refresh() {
    const text = this.area.value;
    const lines = text.split("\n");
    const marked = new Set(this.marks.map((mark) => mark.line));
    const numbers = document.createDocumentFragment();
    lines.forEach((_, index) => {
      const number = index + 1;
      if (index) numbers.append("\n");
      numbers.append(marked.has(number) ? element("span", { class: "at" }, String(number)) : String(number));
    });
    this.gutter.replaceChildren(numbers);
    const pieces = text.length <= PAINTED ? this.options.paint(text) : [];
    // The line after a last line break has no height without a character of its own.
    this.paint.replaceChildren(painted(text, pieces, this.marks), "\n");
    this.follow();
  }

  // Marks places given as line and column, both from 1.
  mark(places) {
    const lines = this.area.value.split("\n");
    this.marks = [];
    for (const { line, column } of places) {
      if (!(line >= 1 && line <= lines.length)) continue;
      const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
      const start = before + [...lines[line - 1]].slice(0, Math.max(0, column - 1)).join("").length;
      const word = /^(\w+|.)/.exec(this.area.value.slice(start));
      this.marks.push({ line, start, end: start + (word ? word[0].length : 1) });
    }
    this.refresh();
  }

  show(line, column) {
    const lines = this.area.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const at = Math.min(this.area.value.length, before + [...(lines[line - 1] || "")].slice(0, Math.max(0, column - 1)).join("").length);
    this.area.focus();
    this.area.setSelectionRange(at, at);
    const height = parseFloat(getComputedStyle(this.area).lineHeight) || 20;
    this.area.scrollTop = Math.max(0, (line - 4) * height);
  }

  // Puts a text in the place of another, so that the browser can undo it.
  replace(start, end, text) {
    this.area.focus();
    this.area.setSelectionRange(start, end);
    let done = false;
    try {
      done = document.execCommand(text ? "insertText" : "delete", false, text);
    } catch (_) {
      done = false;
    }
    if (!done) {
      this.area.setRangeText(text, start, end, "end");
      this.marks = [];
      this.refresh();
      this.options.changed();
    }
  }

  key(event) {
    const { area } = this;
    const offered = !this.list.hidden;
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      this.dismiss();
      this.options.run();
      return;
    }
    if (event.ctrlKey && (event.key === " " || event.code === "Space") && this.options.complete) {
      event.preventDefault();
      this.suggest(true);
      return;
    }
    if (offered && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const length = this.offers.length;
      this.choose((this.chosen + (event.key === "ArrowDown" ? 1 : length - 1)) % length);
      return;
    }
    if (offered && (event.key === "Enter" || event.key === "Tab") && !event.shiftKey) {
      event.preventDefault();
      this.take(this.chosen);
      return;
    }
    if (event.key === "Escape") {
      if (offered) this.dismiss();
      else this.leaving = true;
      return;
    }
    if (event.key === "Tab" && !this.leaving && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      this.indent(event.shiftKey);
      return;
    }
    if (event.key !== "Tab" && event.key !== "Shift") this.leaving = false;
    if (event.key === "Tab") {
      this.leaving = false;
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { selectionStart: start, selectionEnd: end, value } = area;
    const next = value[end] || "";
    const pair = { "{": "}", "(": ")", "[": "]" }[event.key];
    if (pair && start === end && (next === "" || /[\s)\]},]/.test(next))) {
      event.preventDefault();
      this.replace(start, end, event.key + pair);
      area.setSelectionRange(start + 1, start + 1);
    } else if (/^[)\]}]$/.test(event.key) && start === end && next === event.key) {
      event.preventDefault();
      area.setSelectionRange(start + 1, start + 1);
    } else if (event.key === "Backspace" && start === end && start > 0 && ["{}", "()", "[]"].includes(value.slice(start - 1, start + 1))) {
      event.preventDefault();
      this.replace(start - 1, start + 1, "");
    } else if (event.key === "Enter") {
      event.preventDefault();
      const line = value.slice(value.lastIndexOf("\n", start - 1) + 1, start);
      const margin = /^[ \t]*/.exec(line)[0];
      const opens = /[{([]\s*$/.test(line);
      const closes = opens && /^[ \t]*[})\]]/.test(value.slice(end));
      this.replace(start, end, `\n${margin}${opens ? "  " : ""}${closes ? `\n${margin}` : ""}`);
      const at = start + 1 + margin.length + (opens ? 2 : 0);
      area.setSelectionRange(at, at);
    }
  }

  indent(out) {
    const { selectionStart: start, selectionEnd: end, value } = this.area;
    if (start === end && !out) {
      this.replace(start, end, "  ");
      return;
    }
    const from = value.lastIndexOf("\n", start - 1) + 1;
    const upTo = end > start && value[end - 1] === "\n" ? end - 1 : end;
    const block = value.slice(from, upTo);
    const changed = block.split("\n").map((line) => (out ? line.replace(/^ {1,2}|^\t/, "") : line && `  ${line}`)).join("\n");
    if (changed === block) return;
    this.replace(from, upTo, changed);
    if (start === end) {
      const at = Math.max(from, start + changed.length - block.length);
      this.area.setSelectionRange(at, at);
    } else {
      this.area.setSelectionRange(from, from + changed.length);
    }
  }

  suggest(asked) {
    const { area, options } = this;
    if (!options.complete || area.selectionStart !== area.selectionEnd) return;
    const found = options.complete(area.value, area.selectionStart);
    const exact = found && found.offers.length === 1 && found.offers[0].name === found.prefix;
    if (!found || !found.offers.length || (!asked && exact)) {
      this.dismiss();
      return;
    }
    this.start = found.start;
    this.offers = found.offers.slice(0, 60);
    this.list.replaceChildren(...this.offers.map((one, index) => element("li", {
      role: "option", id: `${this.list.id}-${index}`,
      onmousedown: (event) => {
        event.preventDefault();
        this.take(index);
      },
    }, element("b", {}, one.name), element("i", {}, one.type))));
    this.about = element("p", {});
    this.list.append(this.about);
    this.list.hidden = false;
    this.place();
    this.choose(0);
  }

  // Puts the offers below the word, or above it where there is no room.
  place() {
    const range = document.createRange();
    const walker = document.createTreeWalker(this.paint, NodeFilter.SHOW_TEXT);
    let left = this.start;
    let node = walker.nextNode();
    while (node && left > node.length) {
      left -= node.length;
      node = walker.nextNode();
    }
    if (!node) return;
    range.setStart(node, left);
    range.setEnd(node, Math.min(node.length, left + 1));
    const boxes = range.getClientRects();
    const box = boxes[boxes.length - 1] || range.getBoundingClientRect();
    const pane = this.pane.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.list;
    const below = box.bottom - pane.top + 3;
    const fits = box.bottom + 3 + height <= window.innerHeight || box.top - height < 0;
    this.list.style.left = `${Math.max(2, Math.min(box.left - pane.left, pane.width - width - 4))}px`;
    this.list.style.top = `${fits ? below : box.top - pane.top - height - 3}px`;
  }

  choose(index) {
    this.chosen = index;
    [...this.list.querySelectorAll("li")].forEach((item, at) => {
      item.classList.toggle("on", at === index);
      item.setAttribute("aria-selected", String(at === index));
      if (at === index) item.scrollIntoView({ block: "nearest" });
    });
    this.area.setAttribute("aria-activedescendant", `${this.list.id}-${index}`);
    const one = this.offers[index];
    const about = this.options.describe(one);
    this.about.textContent = about;
    this.about.hidden = !about;
    this.options.announce(say("offers", this.offers.length, `${one.name} ${one.type}`));
  }

  take(index) {
    const one = this.offers[index];
    const { area } = this;
    const rest = /^\w*/.exec(area.value.slice(area.selectionEnd))[0].length;
    const after = area.value.slice(area.selectionEnd + rest);
    const insert = / $/.test(one.insert) && /^\s*:/.test(after) ? one.name : one.insert;
    const { start } = this;
    const end = area.selectionEnd + rest;
    this.dismiss();
    this.replace(start, end, insert);
    this.dismiss();
  }

  dismiss() {
    this.list.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }
}

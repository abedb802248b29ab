// What the explorer knows of the language: tokens, where a cursor stands, and how to lay a query out.

// The depth stays below the server's limit: a list of required items of a required list is four deep.
const TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
export const INTROSPECTION = `query Introspection {
  __schema {
    queryType { name }
    directives { name description args { name description defaultValue type { ${TYPE} } } }
    types {
      kind name description
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args { name description defaultValue type { ${TYPE} } }
        type { ${TYPE} }
      }
      inputFields { name description defaultValue type { ${TYPE} } }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { name }
    }
  }
}`;

const TOKEN = /#[^\n\r]*|"""(?:\\"""|[^])*?(?:"""|$)|"(?:\\.|[^"\\\n\r])*"?|\.\.\.|[A-Za-z_]\w*|-?\d[\w.+-]*|[!$&()[\]{}:=@|]/g;

export function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const first = match[0][0];
    let kind = "mark";
    if (first === "#") kind = "note";
    else if (first === '"') kind = "text";
    else if (/[A-Za-z_]/.test(first)) kind = "name";
    else if (/[-\d]/.test(first)) kind = "number";
    found.push({ kind, text: match[0], start: match.index, end: match.index + match[0].length });
  }
  return found;
}

// Pieces of a query with the class each is painted in.
export function paintQuery(text) {
  const pieces = [];
  let before = "";
  for (const token of tokens(text)) {
    let style = "";
    if (token.kind === "note") style = "c-note";
    else if (token.kind === "text") style = "c-text";
    else if (token.kind === "number") style = "c-number";
    else if (token.kind === "name") {
      if (/^(query|mutation|subscription|fragment|on|true|false|null)$/.test(token.text)) style = "c-word";
      else if (before === "$" || before === "@") style = "c-number";
      else style = "c-name";
    }
    if (style) pieces.push({ start: token.start, end: token.end, style });
    before = token.text;
  }
  return pieces;
}

export function paintJson(text) {
  const pieces = [];
  const pattern = /"(?:\\.|[^"\\\n])*"?(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const first = match[0][0];
    let style = "c-word";
    if (first === '"') style = match[1] ? "c-name" : "c-text";
    else if (/[-\d]/.test(first)) style = "c-number";
    pieces.push({ start: match.index, end: match.index + match[0].length - (match[1] || "").length, style });
  }
  return pieces;
}

// The names a document defines, for a request that must say which operation to run.
export function operations(text) {
  const names = [];
  let depth = 0;
  let head = null;
  for (const token of tokens(text)) {
    if (token.kind === "note" || token.kind === "text") continue;
    if (/[{([]/.test(token.text)) {
      if (depth === 0 && token.text === "{") {
        if (head === null) names.push({ name: "", at: token.start });
        else if (head.word !== "fragment") names.push({ name: head.name, at: head.at });
        head = null;
      }
      depth += 1;
    } else if (/[})\]]/.test(token.text)) {
      depth = Math.max(0, depth - 1);
    } else if (depth === 0 && token.kind === "name") {
      if (head === null) head = { word: token.text, name: "", at: token.start };
      else if (!head.name) head.name = token.text;
    }
  }
  return names;
}

export function named(type) {
  let of = type;
  while (of.ofType) of = of.ofType;
  return of.name;
}

export function written(type) {
  if (type.kind === "NON_NULL") return `${written(type.ofType)}!`;
  if (type.kind === "LIST") return `[${written(type.ofType)}]`;
  return type.name;
}

// Where a cursor stands: what is open around it, the innermost last.
function around(text, cursor, schema) {
  const stack = [{ kind: "document" }];
  const state = { fragments: [], variables: [] };
  const all = tokens(text).filter((token) => token.kind !== "note");
  for (let index = 0; index < all.length; index += 1) {
    const token = all[index];
    const before = all[index - 1];
    if (token.kind !== "name" || !before) continue;
    if (before.text === "fragment" && token.text !== "on") state.fragments.push(token.text);
    if (before.text === "$" && all[index + 1] && all[index + 1].text === ":") state.variables.push(token.text);
  }
  const field = (frame, name) => {
    const type = schema.types.get(frame.type);
    return (type && type.fields && type.fields.find((one) => one.name === name)) || null;
  };
  const filled = (frame) => {
    if (frame.kind === "arguments" || frame.kind === "object") {
      frame.current = null;
      frame.colon = false;
    }
  };
  const close = (kinds) => {
    if (stack.length > 1 && kinds.includes(stack[stack.length - 1].kind)) stack.pop();
    filled(stack[stack.length - 1]);
  };
  for (const token of all) {
    if (token.end > cursor || (token.end === cursor && token.kind === "name")) break;
    const top = stack[stack.length - 1];
    const word = token.text;
    const wasSign = top.sign;
    top.sign = null;
    if (top.kind === "document") {
      if (word === "{") {
        stack.push({ kind: "selection", type: top.type || schema.queryType });
        top.type = null;
        top.word = null;
      } else if (word === "(") stack.push(wasSign === "@name" ? { kind: "arguments", of: top.directive } : { kind: "variables" });
      else if (word === "@") top.sign = "@";
      else if (token.kind === "name") {
        if (wasSign === "@") {
          top.directive = schema.directives.get(word) || null;
          top.sign = "@name";
        } else if (top.word === "on") {
          top.type = word;
          top.word = "typed";
        } else if (word === "on" && top.word === "fragment") top.word = "on";
        else if (!top.word) top.word = word;
      }
    } else if (top.kind === "variables") {
      if (word === ")") close(["variables"]);
      else if (word === "$") top.colon = false;
      else if (word === ":") top.colon = true;
      else if (word === "=") top.colon = false;
    } else if (top.kind === "selection") {
      if (word === "}") close(["selection"]);
      else if (word === "...") top.sign = "...";
      else if (word === "@") top.sign = "@";
      else if (word === ":") top.field = null;
      else if (word === "(") stack.push({ kind: "arguments", of: wasSign === "@name" ? top.directive : top.field });
      else if (word === "{") {
        const type = top.spread || (top.field ? named(top.field.type) : null);
        top.spread = null;
        stack.push({ kind: "selection", type });
      } else if (token.kind === "name") {
        if (wasSign === "@") {
          top.directive = schema.directives.get(word) || null;
          top.sign = "@name";
        } else if (wasSign === "...") {
          if (word === "on") top.sign = "on";
        } else if (wasSign === "on") top.spread = word;
        else {
          top.spread = null;
          top.field = field(top, word);
        }
      }
    } else {
      const closing = { arguments: ")", object: "}", list: "]" }[top.kind];
      if (word === closing) close([top.kind]);
      else if (top.kind !== "list" && word === ":") top.colon = true;
      else if (word === "{" || word === "[") {
        const type = top.kind === "list" ? top.type : top.current && top.current.type;
        stack.push({ kind: word === "{" ? "object" : "list", type, of: type ? schema.types.get(named(type)) : null });
      } else if (word === "$") top.sign = "$";
      else if (top.kind === "list") continue;
      else if (token.kind === "name" && !top.colon) {
        const list = top.kind === "arguments" ? top.of && top.of.args : top.of && top.of.inputFields;
        top.current = (list || []).find((one) => one.name === word) || null;
        top.used = [...(top.used || []), word];
      } else if (top.colon) filled(top);
    }
  }
  return { ...state, stack, top: stack[stack.length - 1] };
}

const offer = (name, type, description, insert) => ({ name, type: type || "", description: description || "", insert: insert || name });

// What may be written at the cursor, and the part of a word that is written already.
export function complete(text, cursor, schema) {
  const inside = tokens(text).find((token) => token.start < cursor && cursor <= token.end && (token.kind === "text" || token.kind === "note"));
  if (inside && (inside.kind === "note" || cursor < inside.end)) return null;
  const prefix = /[A-Za-z_]?\w*$/.exec(text.slice(0, cursor))[0];
  if (/^\d/.test(prefix)) return null;
  const start = cursor - prefix.length;
  const { top, stack, fragments, variables } = around(text, start, schema);
  let offers = [];
  const inputs = (list) => {
    const used = new Set(top.used || []);
    return (list || []).filter((one) => !used.has(one.name)).map((one) => offer(one.name, written(one.type), one.description, `${one.name}: `));
  };
  const values = (type) => {
    const of = type && schema.types.get(named(type));
    const list = [];
    if (of && of.enumValues) list.push(...of.enumValues.map((value) => offer(value.name, of.name, value.description)));
    if (of && of.name === "Boolean") list.push(offer("true", "Boolean"), offer("false", "Boolean"));
    if (top.sign === "$") return variables.map((name) => offer(name, "$"));
    return [...list, ...variables.map((name) => offer(`$${name}`, written(type || { name: "" })))];
  };
  if (top.sign === "@") {
    offers = [...schema.directives.values()].map((one) => offer(one.name, "@", one.description));
  } else if (top.kind === "document") {
    if (top.word === "on") offers = schema.composite().map((type) => offer(type.name, "", type.description));
    else if (!top.word) offers = [offer("query", "", "", "query "), offer("fragment", "", "", "fragment ")];
  } else if (top.kind === "variables") {
    if (top.colon) offers = schema.inputs().map((type) => offer(type.name, "", type.description));
  } else if (top.kind === "selection") {
    const type = schema.types.get(top.type);
    if (top.sign === "...") {
      offers = [offer("on", "", "", "on "), ...fragments.map((name) => offer(name, "fragment"))];
    } else if (top.sign === "on") {
      const possible = type && type.possibleTypes && type.possibleTypes.length ? type.possibleTypes.map((one) => schema.types.get(one.name)) : schema.composite();
      offers = possible.filter(Boolean).map((one) => offer(one.name, "", one.description));
    } else if (type) {
      offers = (type.fields || []).map((one) => offer(one.name, written(one.type), one.description));
      offers.push(offer("__typename", "String!"));
    }
  } else if (top.kind === "list") {
    offers = values(top.type);
  } else if (top.colon) {
    offers = values(top.current && top.current.type);
  } else {
    offers = inputs(top.kind === "arguments" ? top.of && top.of.args : top.of && top.of.inputFields);
  }
  const wanted = prefix.toLowerCase();
  const rank = (one) => (one.name.toLowerCase().startsWith(wanted) ? 0 : 1);
  const fitting = offers.filter((one) => one.name.toLowerCase().includes(wanted)).sort((a, b) => rank(a) - rank(b));
  return { prefix, start, offers: fitting, depth: stack.length };
}

// Lays a query out, one selection a line; notes stay where they are between tokens.
export function tidy(text) {
  const all = tokens(text);
  if (text.replace(TOKEN, "").replace(/[\s,\ufeff]/g, "")) return text;
  let out = "";
  let depth = 0;
  const open = [];
  const line = () => {
    out = out.replace(/[ \n]+$/, "");
    if (out) out += `\n${"  ".repeat(depth)}`;
  };
  all.forEach((token, index) => {
    const before = all[index - 1];
    const word = token.text;
    const where = open[open.length - 1] || "";
    const inSelection = where === "{";
    const ownLine = !before || /\n/.test(text.slice(before.end, token.start));
    const tight = before && (before.kind === "note" ? false : /^(\(|\[|\$|@|\.\.\.)$/.test(before.text));
    if (token.kind === "note") {
      if (ownLine) {
        line();
        if (depth === 0 && before && before.text === "}") out += "\n";
      } else out += " ";
      out += word.replace(/\s+$/, "");
      return;
    }
    if (word === "}" && open.length && inSelection) {
      open.pop();
      depth -= 1;
      line();
      out += "}";
      return;
    }
    if (/^[)\]}]$/.test(word)) {
      const kind = open.pop();
      if (before && before.kind === "note") line();
      out += kind === "object" ? " }" : word;
      return;
    }
    const selectionStart = word === "{" && (where === "" || inSelection);
    const afterField = before && (before.kind === "name" || before.text === ")" || before.text === "}" || before.text === "...");
    if (before && before.kind === "note") {
      line();
    } else if (before && before.text === "{" && inSelection) {
      line();
    } else if (inSelection && !selectionStart && word !== "(" && word !== ":" && word !== "@" && (token.kind === "name" || word === "...") && afterField
      && !tight && !/^(on)$/.test(before.text) && !(before.text === "..." || (before.kind === "name" && all[index - 2] && all[index - 2].text === "..." && before.text === "on"))) {
      line();
    } else if (where === "" && before && before.text === "}") {
      line();
      out += "\n";
    } else if (!tight && before && !/^[(:!\])]$/.test(word)) {
      const comma = /^(\(|\[|object)$/.test(where) && word !== "=" && word !== "@" && before.text !== ":" && before.text !== "=" && before.text !== "{" && !/^[{[]$/.test(word)
        || (where && where !== "{" && /^[{[$]$/.test(word) && before.text !== ":" && before.text !== "=" && before.text !== "{");
      out += comma ? ", " : " ";
    }
    if (before && before.text === "..." && word === "on") out += " ";
    if (before && before.text === "..." && (word === "{" || word === "@")) out += " ";
    out += word;
    if (word === "(") open.push("(");
    else if (word === "[") open.push("[");
    else if (word === "{") {
      open.push(selectionStart ? "{" : "object");
      if (selectionStart) depth += 1;
    }
  });
  return `${out.trim()}\n`;
}

// What the explorer says, in both languages.
const TEXTS = {
  skip: ["跳到查询", "Skip to the query"],
  page: ["联合 · 查询器", "Lianhe · Explorer"],
  title: ["GraphQL 查询器", "GraphQL explorer"],
  examples: ["例子", "Examples"],
  choose: ["选择…", "Choose…"],
  history: ["历史", "History"],
  noHistory: ["还没有运行过查询。", "No query has been run yet."],
  clear: ["清除历史", "Clear the history"],
  unnamed: ["未命名查询", "Query without a name"],
  answers: ["回答语言", "Answers in"],
  token: ["访问令牌", "Access token"],
  tokenKept: ["不保存", "Never stored"],
  share: ["分享", "Share"],
  shared: ["链接已复制。", "The link is copied."],
  sharedBar: ["链接在地址栏中，请自行复制。", "The link is in the address bar."],
  query: ["查询", "Query"],
  keys: ["Ctrl+Enter 运行 · Ctrl+空格 补全 · Esc 后按 Tab 离开", "Ctrl+Enter runs · Ctrl+Space completes · Esc, then Tab leaves"],
  tidy: ["整理", "Tidy"],
  run: ["运行", "Run"],
  stop: ["停止", "Stop"],
  variables: ["变量（JSON）", "Variables (JSON)"],
  variablesBad: ["不是合法的 JSON：{0}", "Not JSON: {0}"],
  variablesObject: ["变量应为一个 JSON 对象：{ … }", "Variables are one JSON object: { … }"],
  answer: ["结果", "Answer"],
  ready: ["按“运行”查看结果。", "Press Run to see the answer."],
  running: ["正在运行…", "Running…"],
  stopped: ["已停止。", "Stopped."],
  unreachable: ["无法连接服务器：{0}", "The server cannot be reached: {0}"],
  noJson: ["服务器的回答不是 JSON。", "The server did not answer with JSON."],
  done: ["HTTP {0} · {1} 毫秒 · {2}", "HTTP {0} · {1} ms · {2}"],
  errors: ["{0} 个错误", "{0} errors"],
  oneError: ["1 个错误", "1 error"],
  place: ["第 {0} 行第 {1} 列", "Line {0}, column {1}"],
  path: ["位置：{0}", "At {0}"],
  copy: ["复制", "Copy"],
  copied: ["已复制。", "Copied."],
  schema: ["接口说明", "Schema"],
  find: ["查找类型、字段或说明", "Find a type, a field or a description"],
  loading: ["正在读取接口说明…", "Reading the schema…"],
  noSchema: ["无法读取接口说明：{0}", "The schema cannot be read: {0}"],
  again: ["重试", "Try again"],
  root: ["查询入口", "Query"],
  types: ["全部类型", "All types"],
  fields: ["字段", "Fields"],
  inputs: ["输入字段", "Input fields"],
  values: ["取值", "Values"],
  possible: ["可能的类型", "Possible types"],
  usedBy: ["见于", "Found in"],
  insert: ["插入查询：{0}", "Insert into the query: {0}"],
  default: ["默认 {0}", "default {0}"],
  found: ["{0} 项", "{0} found"],
  more: ["另有 {0} 项，请写得更具体。", "{0} more; say more to see them."],
  nothing: ["没有找到。", "Nothing found."],
  offers: ["{0} 个候选，{1}", "{0} offers, {1}"],
  deprecated: ["已弃用：{0}", "Deprecated: {0}"],
};

let place = document.documentElement.lang.startsWith("zh") ? 0 : 1;

export function language() {
  return place === 0 ? "zh" : "en";
}

export function speak(lang) {
  place = lang === "zh" ? 0 : 1;
  document.documentElement.lang = place === 0 ? "zh-Hans" : "en";
}

export function say(key, ...values) {
  const texts = TEXTS[key];
  if (!texts) throw new Error(`no text ${key}`);
  return texts[place].replace(/\{(\d)\}/g, (_, index) => String(values[index]));
}

// A description holds English lines, then Chinese ones. English lines may quote Chinese words, so a Chinese line is told by its
// punctuation as well.
export function described(description) {
  if (!description) return "";
  const lines = description.split("\n");
  const chinese = lines.findIndex((line) => {
    const han = (line.match(/[\u3400-\u9fff]/g) || []).length;
    const latin = (line.replace(/`[^`]*`/g, "").match(/[A-Za-z]+/g) || []).length;
    return han > 0 && (han > latin * 2) && !/^[A-Z][a-z]+ /.test(line);
  });
  if (chinese <= 0) return description;
  return (place === 0 ? lines.slice(chinese) : lines.slice(0, chinese)).join(place === 0 ? "" : " ").replace(/\s+/g, " ").trim();
}

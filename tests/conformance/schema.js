// Lints the schema given; fails on any finding.
import { readFile } from 'node:fs/promises';
import { ESLint } from 'eslint';

const path = process.argv[2] ?? new URL('../../schema.graphql', import.meta.url).pathname;
process.env.SCHEMA = path;
const eslint = new ESLint({ cwd: import.meta.dirname });
const text = await readFile(path, 'utf8');
const findings = (await eslint.lintText(text, { filePath: `${import.meta.dirname}/schema.graphql` })).flatMap(
  (result) => result.messages,
);
for (const { line, column, ruleId, message } of findings) {
  console.log(`${line}:${column} ${ruleId}: ${message}`);
}
console.log(`${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;

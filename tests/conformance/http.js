// Runs every audit of GraphQL over HTTP against the server at the address given, and fails at the first kind that must not fail.
import { serverAudits } from 'graphql-http';

const url = process.argv[2];
if (!url) {
  console.error('usage: node http.js http://127.0.0.1:8080/graphql');
  process.exit(2);
}

const results = [];
for (const audit of serverAudits({ url })) {
  results.push(await audit.fn());
}

let failed = 0;
for (const { id, name, status, reason } of results) {
  if (status !== 'ok') {
    failed += 1;
    console.log(`${status} ${id} ${name}: ${reason}`);
  }
}
console.log(`${results.length - failed} of ${results.length} audits pass`);
process.exitCode = failed === 0 ? 0 : 1;

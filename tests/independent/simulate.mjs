// Answers requests read from standard input, a JSON list, with a list of true and false.
// This program alone names the engine. The tests run it and read what it prints; nothing else of the project does.
import { readFileSync } from "node:fs";
import { runUnsafeSimulation } from "@cloud-copilot/iam-simulate";

const isAllowed = ({ policy, principal, action, resource, context }) =>
  runUnsafeSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: principal.split(":")[4] },
        contextVariables: context,
      },
      identityPolicies: [{ name: "policy", policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  ) === "Allowed";

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(isAllowed)));

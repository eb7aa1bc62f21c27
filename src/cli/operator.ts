import { type Command, ExitCode } from './command.ts';
import { OPERATOR_FLAGS, parseOperatorFlags } from './operator-flags.ts';

/** `guardrails operator`: runs the operator until it is told to stop. */
export const operatorCommand: Command = {
  name: 'operator',
  summary: 'run the operator: the controllers and the admission webhook',
  about: `Runs the operator: the controllers and the admission webhook.

In a cluster it needs no flags. Outside of one:
  guardrails operator --kubeconfig FILE --webhook-url https://127.0.0.1:9443

The kubeconfig must be of its own account, system:serviceaccount:guardrails-system:guardrails-operator: the policy that guards
the audit trail (config/policy) lets nobody else write records.`,
  usage: ['[flags]'],
  operands: { kind: 'None' },
  stopsInOrder: true,
  flags: OPERATOR_FLAGS,
  notes: `Every flag can also be set in the environment: --probe-port as GUARDRAILS_PROBE_PORT. A flag wins.
Logs are JSON lines on stdout. SIGTERM and SIGINT stop it in order: it says that it is not ready, goes on answering
for --shutdown-delay, and writes what is left of the audit trail.`,
  run: async (argv, io) => {
    const config = parseOperatorFlags(argv, io.env);
    // All that talks to a cluster takes a second to load, which the other commands need not wait for.
    const { runOperator } = await import('../main.ts');
    await runOperator(config, io);
    return ExitCode.ok;
  },
};

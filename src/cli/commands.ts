import type { Command } from './command.ts';
import { completionCommand } from './completion.ts';
import { demoCommand } from './demo.ts';
import { explainCommand } from './explain.ts';
import { lintCommand } from './lint.ts';
import { operatorCommand } from './operator.ts';
import { sandboxCommand } from './sandbox.ts';
import { testCommand } from './test.ts';
import { versionCommand } from './version.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  testCommand,
  lintCommand,
  explainCommand,
  demoCommand,
  sandboxCommand,
  operatorCommand,
  completionCommand(() => COMMANDS),
  versionCommand,
];

import type { ActionType } from '../../api/v1alpha1.ts';
import type { Route } from '../actions/action.ts';
import type { CompiledGuardrail } from '../compiled-guardrail.ts';

/** Every way by which the listed actions come. */
export const routesOf = ({ scope }: CompiledGuardrail): readonly Route[] =>
  scope.actions.flatMap(({ routes }) => routes);

/** Whether all listed actions are among some. */
export const areAll = ({ scope }: CompiledGuardrail, ...names: readonly ActionType[]): boolean =>
  scope.actions.every(({ name }) => names.includes(name));

/** Whether the listed actions come by creating an object alone: there is no object before. */
export const comesByCreationAlone = (compiled: CompiledGuardrail): boolean =>
  routesOf(compiled).every(({ operation, subresource }) => operation === 'CREATE' && subresource === '');

/** Whether the listed actions are connections alone: nothing changes, and the body is the options of the connection. */
export const comesByConnectingAlone = (compiled: CompiledGuardrail): boolean =>
  routesOf(compiled).every(({ operation }) => operation === 'CONNECT');

import { expect, test } from 'vitest';
import { cacheDirectory, stateDirectory, temporaryDirectory } from '../../../src/sandbox/environment.ts';

test.each([
  {
    name: 'the XDG variables say where the folders are',
    env: { HOME: '/h', XDG_CACHE_HOME: '/c', XDG_STATE_HOME: '/s', TMPDIR: '/t' },
    folders: ['/c/kube-guardrails/control-plane', '/s/kube-guardrails/sandbox', '/t'],
  },
  {
    name: 'without them they are in the home folder',
    env: { HOME: '/h' },
    folders: ['/h/.cache/kube-guardrails/control-plane', '/h/.local/state/kube-guardrails/sandbox', '/tmp'],
  },
  {
    name: 'relative and empty ones are ignored',
    env: { HOME: '/h', XDG_CACHE_HOME: 'c', XDG_STATE_HOME: '', TMPDIR: '' },
    folders: ['/h/.cache/kube-guardrails/control-plane', '/h/.local/state/kube-guardrails/sandbox', '/tmp'],
  },
])('$name', ({ env, folders }) => {
  expect([cacheDirectory(env), stateDirectory(env), temporaryDirectory(env)]).toEqual(folders);
});

/** What is infinite where it is not set: limits, the hard values of a ResourceQuota, what a LimitRange caps. */
const CEILINGS = [
  /\.limits(?:\.[\w-]+|\['[^']*'\])?$/,
  /^\$\.(?:spec|status)\.hard(?:\.[\w-]+|\['[^']*'\])?$/,
  /^\$\.spec\.limits\[[^\]]*\]\.(?:max|default|maxLimitRequestRatio)(?:\.[\w-]+|\['[^']*'\])?$/,
];

/** What is none where it is not set: requests, and what a LimitRange asks for at least. */
const FLOORS = [
  /\.requests(?:\.[\w-]+|\['[^']*'\])?$/,
  /^\$\.spec\.limits\[[^\]]*\]\.(?:min|defaultRequest)(?:\.[\w-]+|\['[^']*'\])?$/,
];

/** The limits of a container on what it gets none of unless it asks: devices and huge pages. */
const DEVICES = /\.resources\.limits(?:\['[^']*\/[^']*'\]|\.hugepages-[\w-]+)$/;

/**
 * Which way it goes when what stands at a path is taken away: up (1) for a limit, since what is not limited may use all,
 * down (-1) for a request. undefined for all else.
 */
export function openEnd(path: string): 1n | -1n | undefined {
  if (DEVICES.test(path)) return -1n;
  if (CEILINGS.some((pattern) => pattern.test(path))) return 1n;
  return FLOORS.some((pattern) => pattern.test(path)) ? -1n : undefined;
}

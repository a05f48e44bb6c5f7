const ASSUMED_ROLE = /^arn:([a-z-]+):sts::([0-9]{12}):assumed-role\/([^/]+)\//;

/** The user or role behind an ARN from STS, as trust policies name it. A session's ARN lacks its role's path. */
export function principalOf(identity: string): string {
  const [, partition, account, role] = ASSUMED_ROLE.exec(identity) ?? [];
  return role === undefined ? identity : `arn:${partition}:iam::${account}:role/${role}`;
}

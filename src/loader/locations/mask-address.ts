/** Members of a query that open a door by themselves, as those of presigned addresses do. */
const SENSITIVE = /sig|token|key|credential|secret|password|auth|delegation|security/i;

/** An address as messages may show it: without user, password, and values of the query that are credentials. */
export function maskAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.username !== '') url.username = '******';
  if (url.password !== '') url.password = '******';
  const names = [...new Set(url.searchParams.keys())].filter(name => SENSITIVE.test(name));
  for (const name of names) url.searchParams.set(name, '******');
  url.hash = '';
  return url.href.replaceAll('%2A', '*');
}

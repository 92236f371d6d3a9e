/** Unix users in whose name the scripts of many sites run. */

/** Users that run the scripts of many sites. */
export const SHARED_USERS = new Set([
  'nobody',
  'www-data',
  'apache',
  'www',
  'nginx',
  'http',
  'httpd',
  'wwwrun',
  'daemon',
  'root',
])

/** JSON as it is printed. */

/** JSON in one line that is safe on a terminal too: what JSON.stringify leaves raw (C1, overrides, separators) becomes \uXXXX. */
export function jsonLine(value: unknown): string {
  return safeJson(JSON.stringify(value))
}

/** JSON text that is safe on a terminal. */
export function safeJson(json: string): string {
  return json.replaceAll(
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

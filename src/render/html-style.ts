/** The report's style sheet: light, and dark where the reader's system is. Plain properties only, for mail programs. */

const light = {
  page: '#f4f6f9',
  card: '#ffffff',
  line: '#e3e7ee',
  text: '#1d2430',
  soft: '#5b6472',
  out: '#2f6fde',
  in: '#9db4d8',
  rejected: '#c98a2b',
  good: '#2f9e6b',
  local: '#8fcfb0',
  wait: '#e0b04a',
  bad: '#d1495b',
  lost: '#9aa3b2',
  warn: '#fdf3e1',
  warnText: '#7a4d05',
  alarm: '#fdecee',
  fine: '#e8f6ef',
  fineText: '#176b46',
}
const dark: typeof light = {
  page: '#12151b',
  card: '#1b2029',
  line: '#2e3542',
  text: '#e5e9f0',
  soft: '#9aa5b8',
  out: '#6aa1ff',
  in: '#43587d',
  rejected: '#d9a34c',
  good: '#46c28b',
  local: '#2d6f52',
  wait: '#e3bb5f',
  bad: '#f0697b',
  lost: '#6b7587',
  warn: '#3a2f17',
  warnText: '#f2cf8c',
  alarm: '#3b1d24',
  fine: '#17362a',
  fineText: '#8fe0b9',
}

const coloured = (c: typeof light): string => `
body,.page{background:${c.page};color:${c.text}}
.card{background:${c.card};border-color:${c.line}}
h1,h2,td,th,.strong{color:${c.text}}
.soft,.sub,th{color:${c.soft}}
td,th{border-color:${c.line}}
.alarm{background:${c.alarm};border-left-color:${c.bad}}
.headline{background:${c.warn};color:${c.warnText}}
.headline.fine{background:${c.fine};color:${c.fineText}}
.grid{stroke:${c.line}}
.axis{fill:${c.soft}}
${(['out', 'in', 'rejected', 'good', 'local', 'wait', 'bad', 'lost'] as const).map((key) => `.${key}{fill:${c[key]}}.dot.${key}{background-color:${c[key]}!important}`).join('')}
code{background:${c.page};color:${c.text}}`

/** Colours of the plots for readers that drop style sheets. */
export const PLOT_COLOURS = light

export const STYLE = `
body{margin:0;font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.page{padding:20px 10px}
.wide{max-width:860px;margin:0 auto}
h1{font-size:24px;margin:0 0 2px;letter-spacing:-.01em}
h2{font-size:16px;margin:0 0 10px}
.sub{font-size:13px;margin:0 0 14px}
.card{border:1px solid;border-radius:10px;padding:16px 18px;margin:0 0 14px;overflow-x:auto}
.headline{border-radius:10px;padding:12px 18px;margin:0 0 14px;font-weight:600}
.headline p{margin:0}
.alarm{border:0;border-left:4px solid;border-radius:6px;padding:10px 14px;margin:0 0 10px}
.alarm p,.alarm ul{margin:4px 0 0}
.alarm ul{padding-left:18px}
table{border-collapse:collapse;width:100%;font-size:13px}
th{font-weight:600;text-align:left;font-size:12px;white-space:nowrap}
td,th{padding:5px 8px 5px 0;border-bottom:1px solid;vertical-align:middle}
tr:last-child td{border-bottom:0}
.r{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.name{overflow-wrap:anywhere}
.bar{width:38%;min-width:150px}
table+p{margin:10px 0 0;font-size:13px}
.legend{font-size:12px;margin:8px 0 0}
.dot{display:inline-block;width:9px;height:9px;border-radius:2px;margin:0 5px 0 0}
.legend span.item{margin-right:16px;white-space:nowrap}
p{margin:0 0 8px}
code{font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;padding:1px 4px;border-radius:4px;word-break:break-all}
.pair td{vertical-align:top}
.foot{font-size:12px;text-align:center;margin:6px 0 0}
@media (max-width:560px){.hide{display:none}.card{padding:12px}}
${coloured(light)}
@media (prefers-color-scheme:dark){${coloured(dark)}}
@media print{.page{padding:0}.card{break-inside:avoid}}`

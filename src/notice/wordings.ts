/** How reports say what they are: subjects and phrases of real MTAs, in the languages that were seen. All in one place, none on a hot path. */

/** Subjects of failure and delay reports. */
export const FAILURE_SUBJECT =
  /undeliver|returned mail|mail failed|user unknown|returning to sender|mail delivery (?:failed|failure|status|error|problem|system)|delivery (?:status|has failed|failure|failed|report|unsuccessful|notification)|failure notice|mail failure|delivery.{0,20}fail|non.?deliver|not delivered|could not be delivered|mail (?:system )?error|error in delivery|rejected mail|message (?:you sent was )?blocked|bounce(?:d)? (?:mail|message|notification|e-?mail)|mail rejected|returned to sender|returning message|unable to deliver|warning: (?:message|could not send)|delayed mail|message.{0,40}delayed|unzustellbar|nicht zustellbar|zustellung.{0,30}(?:fehl|nicht)|recapito fallito|mancato recapito|mancata consegna|non remis|[eé]chec.{0,20}(?:remise|distribution)|no se puede entregar|no se ha podido entregar|entrega fallida|n[aã]o (?:foi )?entreg|niet bezorg|недостав|не доставлен|配信(?:不能|エラー|失敗)|送信エラー|退信|无法投递/i

/** Phrases in the prose of failure reports. */
export const FAILURE_PHRASE =
  /could ?n[o']t be delivered|(?:unable|wasn't able|not able|failed) to deliver|delivery (?:has )?failed|permanent (?:fatal )?error|permanently rejected|user (?:unknown|not (?:found|exist|known))|unknown user|no such user|mailbox (?:is )?(?:full|unavailable|not found)|over quota|recipient (?:address )?rejected|undeliverable|address(?:es)? failed|had (?:permanent|delivery) |was not delivered|returned to sender|did not reach|does not exist|cannot be delivered|can't be delivered|could not deliver|message was rejected|was (?:automatically )?rejected|quota exceeded|rejected as spam|host unknown|non (?:puo|può|e stato|è stato) .{0,30}(?:consegn|recapit)|unzustellbar|nicht zugestellt|n'a pas pu [eê]tre|no (?:pudo|se pudo) |não pôde ser|宛先不明|配信できません/i

export const DELAY_PHRASE =
  /warning only|has not yet been delivered|still being retried|will be retried|delayed for more than|has been delayed|message delayed|delivery delay|could not be delivered (?:for more than|within)|not delivered (?:yet|after)|temporary failure report|transient (?:non-)?fatal errors|will keep trying|wird weiterhin versucht/i

export const DELAY_SUBJECT = /^warning: |delayed|\(delay\)|still being retried|delay notification|verz(?:ö|oe)ger/i

export const LOCAL_REJECT =
  /rejected by (?:the )?local scanning code|rejected by the local|local_scan\(\)|your message was rejected by the (?:acl|server)|contained no recipient addresses|message that you sent (?:was rejected|contained|could not be accepted)/i

export const VACATION =
  /out of (?:the )?office|auto(?:matic|mated)?[ -]?(?:reply|response|responder|antwort)|automatische antwort|abwesen|vacation|on holiday|away from (?:my|the) (?:desk|office|mail)|will be (?:away|out)|i am away|i'm away|r[ée]ponse automatique|absence du bureau|respuesta autom[aá]tica|fuera de (?:la )?oficina|risposta automatica|fuori ufficio|resposta autom[aá]tica|afwezig|自動返信|不在/i

export const CHALLENGE =
  /confirm (?:that )?(?:your (?:message|e-?mail|address|identity)|you are|delivery)|challenge[ /-]response|spam ?arrest|boxbe|earthlink|tmda|sender (?:verification|confirmation)|verify (?:that )?you(?:r| are) |click .{0,60}to (?:be added|deliver|approve|verify)|please (?:confirm|verify) (?:your|this)|bestätigen sie ihre/i

/** Any word that a bounce in an unknown form might use: `ordinary` is not said where one stands. */
export const SUSPICIOUS =
  /deliver|bounce|reject|undeliver|mailer-daemon|postmaster|fail|unknown|no such|not found|invalid|return|refus|quota|unavailable|inactive|disabled|blocked|spam|virus|zustell|remis|recapit|consegn|entreg|bezorg|доставл|配信|投递|mailbox|\b[45]\.\d{1,3}\.\d{1,3}\b|\b5[05]\d[ -]/i

//! The words, as data: folded as [`crate::search::fold`] folds, words apart by one space.
//!
//! Sources: 47 CFR 64.1200(a)(10) (stop, quit, end, revoke, opt out, cancel, unsubscribe); the CTIA Messaging Principles
//! (HELP); what Twilio, Telnyx, Bandwidth and AWS End User Messaging act on by themselves (`STANDARD` is their union); and for
//! other languages what their carriers and businesses tell people to text. A word that is part of ordinary answers ("no",
//! "yes", "basta") is none of them.

/// What carriers act on by themselves, where they act at all.
pub(super) const STANDARD_OPT_OUT: &[&str] = &[
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "opt out",
    "remove",
    "arret",
    "td",
];

/// What carriers take for an opt-in. Twilio's "yes" is none here: it is an answer to too many questions.
pub(super) const STANDARD_OPT_IN: &[&str] = &["start", "unstop"];

/// What carriers answer with who sends.
pub(super) const STANDARD_HELP: &[&str] = &["help", "info"];

/// Opting out in other words and languages, which is ours to understand.
pub(super) const OTHER_OPT_OUT: &[&str] = &[
    // English
    "opt me out",
    "unsubscribe me",
    "remove me",
    "stop it",
    "end all",
    "cancel all",
    "no more texts",
    "no more messages",
    "do not text me",
    "dont text me",
    "don t text me",
    "leave me alone",
    // Spanish, Portuguese
    "alto",
    "parar",
    "pare",
    "baja",
    "detener",
    "cancelar suscripcion",
    "darme de baja",
    "no mas mensajes",
    "sair",
    "descadastrar",
    "cancelar inscricao",
    // French
    "arreter",
    "desabonner",
    "desabonnement",
    "se desabonner",
    "desinscription",
    "me desabonner",
    // German, Dutch
    "stopp",
    "abmelden",
    "abbestellen",
    "abmeldung",
    "stoppen",
    "afmelden",
    "uitschrijven",
    // Italian
    "disiscrivi",
    "disiscrivimi",
    "cancellami",
    "annulla iscrizione",
    // Swedish, Norwegian, Danish, Finnish
    "avsluta",
    "avregistrera",
    "avmeld",
    "afmeld",
    "lopeta",
    // Polish, Czech, Romanian
    "wypisz",
    "wypisz mnie",
    "rezygnuje",
    "odhlasit",
    "dezabonare",
    // Turkish, Vietnamese, Tagalog, Haitian Creole
    "iptal",
    "ret",
    "tu choi",
    "huy dang ky",
    "itigil",
    "kanpe",
    // Russian, Ukrainian, Greek
    "стоп",
    "отписаться",
    "відписатися",
    "διακοπη",
    // Arabic, Hebrew
    "توقف",
    "الغاء الاشتراك",
    "הסר",
    "הסרה",
    // Chinese, Japanese, Korean
    "退订",
    "退訂",
    "取消订阅",
    "取消訂閱",
    "停止",
    "配信停止",
    "수신거부",
    "중지",
];

/// Opting in in other words and languages.
pub(super) const OTHER_OPT_IN: &[&str] = &[
    "subscribe",
    "optin",
    "opt in",
    "resume",
    "alta",
    "iniciar",
    "comenzar",
    "suscribir",
    "inscrever",
    "demarrer",
    "abonner",
    "anmelden",
    "aanmelden",
    "iscrivimi",
    "старт",
    "订阅",
    "訂閱",
];

/// Asking for help in other languages.
pub(super) const OTHER_HELP: &[&str] = &[
    "ayuda",
    "ajuda",
    "aide",
    "hilfe",
    "hulp",
    "aiuto",
    "hjalp",
    "hjelp",
    "hjaelp",
    "pomoc",
    "yardim",
    "tulong",
    "помощь",
    "βοηθεια",
    "帮助",
    "幫助",
    "ヘルプ",
    "도움말",
];

/// What a longer text has in it that may mean an opt-out: a person has to read it.
pub(super) const DOUBTFUL: &[&str] = &[
    "stop texting",
    "stop messaging",
    "stop sending",
    "stop contacting",
    "stop writing",
    "stop spamming",
    "stop these",
    "stop the texts",
    "stop the messages",
    "please stop",
    "unsubscribe",
    "opt out",
    "opt me out",
    "remove me",
    "remove my number",
    "take me off",
    "off your list",
    "off this list",
    "do not text",
    "do not message",
    "do not contact",
    "don t text",
    "dont text",
    "don t message",
    "don t contact",
    "dont contact",
    "no more texts",
    "no more messages",
    "quit texting",
    "leave me alone",
    "revoke my consent",
    "withdraw my consent",
    "no me escriban",
    "no me escriba",
    "no quiero recibir",
    "dejen de",
    "denme de baja",
    "darme de baja",
    "nao quero receber",
    "parem de",
    "ne m ecrivez plus",
    "arretez de",
    "me desabonner",
    "desabonnez",
    "keine nachrichten mehr",
    "nicht mehr schreiben",
    "non scrivetemi",
    "geen berichten meer",
];

//! Each letter as people get it, and what names of hostile people cannot do to it.

use domain::{
    branding::Branding,
    credits::Credits,
    id::{AccountId, MailId, UserId},
    link::{Link, Nonce, Purpose},
    mail::{DigestCounts, Letter, Mail, SecurityChange},
    message::Refusal,
    name::DisplayName,
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{Rendered, Setting, mailbox, render};

fn name(text: &str) -> DisplayName {
    text.parse().unwrap()
}

fn link(purpose: Purpose) -> Link {
    Link {
        purpose,
        account: AccountId::derive(&[b"account"]),
        user: UserId::derive(&[b"user"]),
        nonce: Nonce([1; 16]),
        expires_at: "2026-06-05T15:00:00Z".parse().unwrap(),
    }
}

fn mail(letter: Letter) -> Mail {
    Mail {
        id: MailId::derive(&[b"mail"]),
        to: "ann@example.com".parse().unwrap(),
        at: "2026-06-02T15:00:00Z".parse().unwrap(),
        letter,
    }
}

fn letters() -> Vec<(&'static str, Letter)> {
    vec![
        (
            "invitation",
            Letter::Invitation {
                name: name("Ann"),
                invited_by: Some(name("Ada Owner")),
                link: link(Purpose::Invitation),
            },
        ),
        (
            "invitation_by_nobody",
            Letter::Invitation { name: name("Ann"), invited_by: None, link: link(Purpose::Invitation) },
        ),
        ("password_reset", Letter::PasswordReset { link: link(Purpose::PasswordReset) }),
        ("password_changed", Letter::PasswordChanged),
        ("email_confirmation", Letter::EmailConfirmation { link: link(Purpose::EmailConfirmation) }),
        ("email_changed", Letter::EmailChanged),
        (
            "new_sign_in",
            Letter::NewSignIn {
                at: "2026-06-02T14:59:00Z".parse().unwrap(),
                address: Some("192.0.2.7".parse().unwrap()),
            },
        ),
        (
            "security_changed",
            Letter::SecurityChanged { change: SecurityChange::SecondFactorOff, by: Some(name("Ada Owner")) },
        ),
        (
            "security_alert",
            Letter::SecurityAlert {
                change: SecurityChange::SecondFactorOff,
                person: Some(name("Ben Baker")),
                by: Some(name("Ada Owner")),
            },
        ),
        (
            "low_balance",
            Letter::LowBalance { available: Credits::from(90_u32), threshold: Credits::from(100_u32) },
        ),
        ("failed_deliveries", Letter::FailedDeliveries { count: 12, within_minutes: 60 }),
        ("gateway_trouble", Letter::GatewayTrouble { gateway: name("Front desk"), reason: Refusal::Account }),
        ("digest", Letter::Digest(digest())),
    ]
}

fn digest() -> DigestCounts {
    let since = Timestamp::from_second(1_780_000_000).unwrap();
    DigestCounts { since, messages: 3, conversations: 2, assigned: 0, mentions: 1, more: false }
}

fn branding() -> Branding {
    Branding {
        logo: Some("https://bee.example/logo.png?a=1&b=2".parse().unwrap()),
        primary_colour: Some("#ffcc00".parse().unwrap()),
        accent_colour: Some("#1558b0".parse().unwrap()),
        sender_name: Some(name("Bee Texts")),
        ..Branding::default()
    }
}

fn written(letter: Letter, account: &str, branding: &Branding) -> Rendered {
    let token = letter.link().map(|_| "tdl_token");
    let setting = Setting {
        account: &name(account),
        branding,
        zone: &TimeZone::get("America/New_York").unwrap(),
        web_address: "https://texts.bee.example",
        token,
    };
    render(&mail(letter), &setting).unwrap()
}

#[test]
fn each_letter_says_what_it_should_in_both_parts() {
    for (kind, letter) in letters() {
        let Rendered { from_name, subject, text, html } = written(letter, "Bee & Co.", &branding());
        insta::assert_snapshot!(kind, format!("From: {from_name}\nSubject: {subject}\n\n{text}"));
        if kind == "invitation" || kind == "password_changed" {
            insta::assert_snapshot!(format!("{kind}_html"), html);
        }
        assert!(subject.len() > 10 && !subject.contains(['\n', '\r']), "{subject:?}");
        assert!(html.starts_with("<!DOCTYPE html>") && html.trim_end().ends_with("</html>"));
    }
}

#[test]
fn every_change_and_every_refusal_has_words_of_its_own() {
    let changes = SecurityChange::ALL.map(|change| {
        written(Letter::SecurityChanged { change, by: None }, "Bee", &Branding::default()).subject
    });
    assert_eq!(std::collections::BTreeSet::from(changes).len(), SecurityChange::ALL.len());
    for reason in [Refusal::SenderNotAllowed, Refusal::Blocked, Refusal::Content, Refusal::Other] {
        let letter = Letter::GatewayTrouble { gateway: name("Front"), reason };
        assert!(written(letter, "Bee", &Branding::default()).text.contains("Front"));
    }
}

#[test]
fn the_link_leads_to_its_page_and_the_token_is_behind_the_hash() {
    for purpose in Purpose::ALL {
        let letter = match purpose {
            Purpose::Invitation => {
                Letter::Invitation { name: name("Ann"), invited_by: None, link: link(purpose) }
            }
            Purpose::PasswordReset => Letter::PasswordReset { link: link(purpose) },
            Purpose::EmailConfirmation => Letter::EmailConfirmation { link: link(purpose) },
        };
        let Rendered { text, html, .. } = written(letter, "Bee", &Branding::default());
        let address = format!("https://texts.bee.example/{}#tdl_token", purpose.page());
        assert!(text.contains(&format!("\n{address}\n")), "{text}");
        assert!(html.replace("&#x2f;", "/").contains(&format!("href=\"{address}\"")), "{html}");
    }
}

#[test]
fn the_look_is_the_accounts_and_its_own_name_comes_from_its_branding() {
    let Rendered { from_name, html, .. } = written(Letter::PasswordChanged, "Bee", &branding());
    assert_eq!(from_name, "Bee Texts");
    assert!(html.contains("background:#ffcc00;color:#000000"));
    assert!(html.replace("&#x2f;", "/").contains(r#"<img src="https://bee.example/logo.png?a=1&amp;b=2""#));
    let renamed = Branding { name: Some(name("Hive")), ..Branding::default() };
    let Rendered { from_name, subject, text, html } = written(Letter::PasswordChanged, "Bee", &renamed);
    assert_eq!(from_name, "Hive");
    for part in [subject, text, html] {
        assert!(part.contains("Hive") && !part.contains("Bee"), "{part}");
    }
}

/// Names that a person may give to themselves, an account or a gateway.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'; background:url(javascript:1)",
    "</title></head><body>",
    "{{ account }} {% raw %}",
    "Bee\" <evil@example.org>, \"",
    "&lt;b&gt;",
    "\u{200f}דוד",
];

#[test]
fn names_cannot_inject_markup_or_template_language() {
    let tags = |html: &str| html.matches('<').count();
    for hostile in HOSTILE {
        for (kind, letter) in named(hostile) {
            let quiet = named("Quiet").into_iter().find(|(quiet, _)| *quiet == kind).unwrap().1;
            let calm = written(quiet, "Quiet", &Branding::default());
            let Rendered { subject, text, html, .. } = written(letter, hostile, &Branding::default());
            assert_eq!(tags(&html), tags(&calm.html), "{kind}: {html}");
            assert_eq!(html.matches('"').count(), calm.html.matches('"').count(), "{kind}: {html}");
            assert_eq!(text.lines().count(), calm.text.lines().count(), "{kind}: {text}");
            assert!(text.contains(hostile) && subject.contains(hostile), "{kind}: shown as it is");
        }
    }
}

fn named(it: &str) -> Vec<(&'static str, Letter)> {
    vec![
        (
            "invitation",
            Letter::Invitation {
                name: name(it),
                invited_by: Some(name(it)),
                link: link(Purpose::Invitation),
            },
        ),
        (
            "security_changed",
            Letter::SecurityChanged { change: SecurityChange::ApiKeyCreated, by: Some(name(it)) },
        ),
        ("gateway_trouble", Letter::GatewayTrouble { gateway: name(it), reason: Refusal::Other }),
    ]
}

#[test]
fn names_cannot_inject_headers() {
    for hostile in HOSTILE {
        let Rendered { from_name, subject, .. } =
            written(Letter::EmailChanged, hostile, &Branding::default());
        let header = mailbox(&from_name, "no-reply@example.com");
        for line in [&subject, &header] {
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
        assert!(header.ends_with(" <no-reply@example.com>"), "{header}");
        // Outside of quoted strings and encoded words there is one address.
        let outside: String = header.replace("\\\\", "").replace("\\\"", "").split('"').step_by(2).collect();
        assert_eq!(outside.matches('@').count(), 1, "{header}");
    }
    for line_breaking in ["Bee\r\nBcc: evil@example.org", "Bee\u{202e}", "Bee\u{2066}x", "Bee\u{2028}x"] {
        assert!(line_breaking.parse::<DisplayName>().is_err(), "the type refuses it before we see it");
    }
}

#[test]
fn debug_output_shows_nothing() {
    let written = written(Letter::PasswordChanged, "Bee", &Branding::default());
    assert_eq!(format!("{written:?}"), "Rendered(…)");
}

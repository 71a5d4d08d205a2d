//! The letters that people get by e-mail, as they would find them in their mailbox.

use super::House;

/// A letter that has arrived.
#[derive(Clone)]
pub(crate) struct Delivered {
    /// The `From` header.
    pub(crate) from: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// The page that its link opens, without the token: `https://…/invitation`.
    pub(crate) page: Option<String>,
    /// What stands behind the `#` of its link.
    pub(crate) token: Option<String>,
}

impl House {
    /// The letters to an address, oldest first, once everything has happened that is due.
    pub(crate) async fn letters_to(&self, email: &str) -> Vec<Delivered> {
        self.settle().await;
        self.running.engines.ses.sent_to(email).into_iter().map(delivered).collect()
    }

    /// The token in the last letter to an address that has one.
    pub(crate) async fn token_for(&self, email: &str) -> String {
        let letters = self.letters_to(email).await;
        let token = letters.into_iter().rev().find_map(|letter| letter.token);
        token.unwrap_or_else(|| panic!("nobody has sent {email} a link"))
    }
}

fn delivered(mail: engines::ses::SentMail) -> Delivered {
    let link = mail.text.lines().find(|line| line.starts_with("http") && line.contains("#tdl_"));
    let (page, token) = link.and_then(|link| link.split_once('#')).unzip();
    Delivered {
        page: page.map(str::to_owned),
        token: token.map(str::to_owned),
        from: mail.from,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
    }
}

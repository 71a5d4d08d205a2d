//! What our e-mails say: a [`Letter`] in, subject, text and HTML out.
//!
//! The words are in files, one for each letter (`src/letters`, in the language of minijinja), with the
//! blocks `subject`, `heading`, `body` and `action`. The words of a letter are written once: [`render`] puts them into the
//! layout for plain text and into the one for HTML, so both parts always say the same. In HTML everything that comes from
//! outside is escaped; the types of `domain` keep the rest out (a name has no line breaks, a colour is a colour).
//!
//! Nothing here sends, reads a clock or knows where letters lie.

mod address;
mod facts;
mod template;
#[cfg(test)]
mod tests;

use std::fmt;

use domain::{branding::Branding, mail::Mail, name::DisplayName};
use jiff::tz::TimeZone;

pub use address::mailbox;

/// What surrounds a letter: whose it is, and where its link leads.
#[derive(Clone)]
pub struct Setting<'a> {
    /// The account's own name, shown unless the branding has another.
    pub account: &'a DisplayName,
    /// The account's look, complete: what it left out is filled with its master's.
    pub branding: &'a Branding,
    /// The zone in which times are told.
    pub zone: &'a TimeZone,
    /// The address of the product's pages, without a final slash.
    pub web_address: &'a str,
    /// The token of the letter's link; `None`: the letter has none.
    pub token: Option<&'a str>,
}

/// An e-mail as it goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The name it comes from. To become part of a header it has to pass through [`mailbox`].
    pub from_name: String,
    /// The subject: one line.
    pub subject: String,
    /// The part in plain text.
    pub text: String,
    /// The part in HTML.
    pub html: String,
}

/// Redacted: the parts hold names and a token.
impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rendered(…)")
    }
}

/// A template is wrong. A test renders each of them, so this does not happen; its own message may quote what the letter
/// says and is not passed on.
#[derive(Debug, thiserror::Error)]
#[error("the template {template} could not be rendered ({kind})")]
pub struct RenderError {
    /// Which.
    pub template: &'static str,
    /// What kind of error, in minijinja's words.
    pub kind: String,
}

/// Writes a letter.
pub fn render(mail: &Mail, setting: &Setting<'_>) -> Result<Rendered, RenderError> {
    let branding = setting.branding;
    let shown = branding.name.as_ref().unwrap_or(setting.account);
    let sender = branding.sender_name.as_ref().unwrap_or(shown);
    let link = mail.letter.link().zip(setting.token).map(|(link, token)| {
        // Behind the `#`: browsers do not send it, so no server's log has the token.
        format!("{}/{}#{token}", setting.web_address, link.purpose.page())
    });
    let link = link.or_else(|| mail.letter.page().map(|page| format!("{}/{page}", setting.web_address)));
    let facts = facts::of(mail, shown, setting.zone);
    let words = template::words(facts::template(&mail.letter), &facts)?;
    template::lay_out(&words, shown, branding, link.as_deref(), sender)
}

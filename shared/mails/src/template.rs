//! The templates, compiled once, and how words are put into the two layouts.

use std::sync::LazyLock;

use domain::{
    branding::{Branding, Colour, LogoUrl},
    name::DisplayName,
};
use minijinja::{
    AutoEscape, Environment, UndefinedBehavior, context,
    syntax::SyntaxConfig,
    value::{Serde, Value},
};

use crate::{RenderError, Rendered, address::one_line, facts::Facts};

/// The bar above each letter, where the account has no colour of its own.
const PRIMARY: Colour = Colour::new(0x1f, 0x29, 0x37);
/// The button.
const ACCENT: Colour = Colour::new(0x1d, 0x4e, 0xd8);

const TEXT_LAYOUT: &str = "layout.txt";
const HTML_LAYOUT: &str = "layout.html";

/// Each letter's words.
const LETTERS: [(&str, &str); 12] = [
    ("invitation", include_str!("letters/invitation.jinja")),
    ("password_reset", include_str!("letters/password_reset.jinja")),
    ("password_changed", include_str!("letters/password_changed.jinja")),
    ("email_confirmation", include_str!("letters/email_confirmation.jinja")),
    ("email_changed", include_str!("letters/email_changed.jinja")),
    ("new_sign_in", include_str!("letters/new_sign_in.jinja")),
    ("security_changed", include_str!("letters/security_changed.jinja")),
    ("security_alert", include_str!("letters/security_alert.jinja")),
    ("low_balance", include_str!("letters/low_balance.jinja")),
    ("failed_deliveries", include_str!("letters/failed_deliveries.jinja")),
    ("gateway_trouble", include_str!("letters/gateway_trouble.jinja")),
    ("digest", include_str!("letters/digest.jinja")),
];

/// One environment escapes, the other does not: the same words serve both parts of an e-mail.
struct Templates {
    text: Environment<'static>,
    html: Environment<'static>,
}

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates {
    text: environment(AutoEscape::None, TEXT_LAYOUT, include_str!("layout.txt.jinja")),
    html: environment(AutoEscape::Html, HTML_LAYOUT, include_str!("layout.html.jinja")),
});

/// A template that cannot be compiled is left out and missed when it is asked for.
fn environment(escape: AutoEscape, layout: &'static str, source: &'static str) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(move |_| escape.clone());
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    for (name, source) in LETTERS.into_iter().chain([(layout, source)]) {
        drop(environment.add_template(name, source));
    }
    environment
}

fn failed(template: &'static str) -> impl Fn(minijinja::Error) -> RenderError {
    move |error| RenderError { template, kind: error.kind().to_string() }
}

/// The blocks of a letter, for one part of an e-mail.
struct Blocks {
    subject: String,
    heading: String,
    paragraphs: Vec<String>,
    action: String,
}

/// A letter's words, for both parts.
pub(crate) struct Words {
    text: Blocks,
    html: Blocks,
}

/// Fills the facts into a letter's words.
pub(crate) fn words(letter: &'static str, facts: &Facts) -> Result<Words, RenderError> {
    Ok(Words { text: blocks(&TEMPLATES.text, letter, facts)?, html: blocks(&TEMPLATES.html, letter, facts)? })
}

fn blocks(environment: &Environment<'_>, letter: &'static str, facts: &Facts) -> Result<Blocks, RenderError> {
    let template = environment.get_template(letter).map_err(failed(letter))?;
    let mut rendered = template.render_captured(Value::from(Serde(facts))).map_err(failed(letter))?;
    let mut block =
        |name: &str| rendered.with_state_mut(|state| state.render_block(name)).map_err(failed(letter));
    let body = block("body")?;
    let paragraphs = body.split("\n\n").map(one_line).filter(|paragraph| !paragraph.is_empty());
    Ok(Blocks {
        subject: one_line(&block("subject")?),
        heading: one_line(&block("heading")?),
        paragraphs: paragraphs.collect(),
        action: one_line(&block("action")?),
    })
}

/// Puts a letter's words into both layouts.
pub(crate) fn lay_out(
    words: &Words,
    account: &DisplayName,
    branding: &Branding,
    link: Option<&str>,
    sender: &DisplayName,
) -> Result<Rendered, RenderError> {
    let primary = branding.primary_colour.unwrap_or(PRIMARY);
    let accent = branding.accent_colour.unwrap_or(ACCENT);
    // Escaped when the letter's template was rendered.
    let safe = |value: &str| Value::from_safe_string(value.to_owned());
    let part = |environment: &Environment<'_>, layout: &'static str, it: &Blocks| {
        let context = context! {
            subject => safe(&it.subject),
            heading => safe(&it.heading),
            paragraphs => it.paragraphs.iter().map(|paragraph| safe(paragraph)).collect::<Value>(),
            action => safe(&it.action),
            account => account.as_str(),
            logo => branding.logo.as_ref().map(LogoUrl::as_str),
            link => link,
            primary => primary.to_string(),
            on_primary => primary.text_on_it().to_string(),
            accent => accent.to_string(),
            on_accent => accent.text_on_it().to_string(),
        };
        let template = environment.get_template(layout).map_err(failed(layout))?;
        template.render(context).map_err(failed(layout))
    };
    Ok(Rendered {
        from_name: one_line(sender.as_str()),
        subject: words.text.subject.clone(),
        text: part(&TEMPLATES.text, TEXT_LAYOUT, &words.text)?,
        html: part(&TEMPLATES.html, HTML_LAYOUT, &words.html)?,
    })
}

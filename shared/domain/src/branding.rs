//! How an account looks to the people who get its e-mails: name, logo, colours, sender name, web domain.
//!
//! A master account may set a look for all its sub accounts, and each of them may set its own (A08): every value is
//! optional, and [`Branding::over`] fills what an account left out with what its master says. The values end up in HTML,
//! in headers of e-mails and in links, so each is a type that cannot hold anything else than what it is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{email, name::DisplayName};

/// The longest address of a logo. Our own limit: it is repeated in each e-mail.
pub const LOGO_URL_LENGTH_MAX: usize = 500;
/// The longest name of a host (RFC 1035, section 2.3.4, less the final dot).
pub const WEB_DOMAIN_LENGTH_MAX: usize = 253;

/// The look of an account; what is not set is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branding {
    /// The name shown, if it is not the account's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<DisplayName>,
    /// The logo above each e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<LogoUrl>,
    /// The colour of headings and bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_colour: Option<Colour>,
    /// The colour of buttons and links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent_colour: Option<Colour>,
    /// The name that e-mails come from, if it is not the name shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<DisplayName>,
    /// Where the account's people open the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_domain: Option<WebDomain>,
}

impl Branding {
    /// This look, with the values that it leaves out taken from `base`.
    #[must_use]
    pub fn over(&self, base: &Self) -> Self {
        Self {
            name: self.name.clone().or_else(|| base.name.clone()),
            logo: self.logo.clone().or_else(|| base.logo.clone()),
            primary_colour: self.primary_colour.or(base.primary_colour),
            accent_colour: self.accent_colour.or(base.accent_colour),
            sender_name: self.sender_name.clone().or_else(|| base.sender_name.clone()),
            web_domain: self.web_domain.clone().or_else(|| base.web_domain.clone()),
        }
    }
}

/// The address of a picture, which the reader's mail program fetches: `https`, a host by name, nothing of a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogoUrl(String);

/// The text is no address of a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the https address of a picture of at most {LOGO_URL_LENGTH_MAX} characters")]
pub struct InvalidLogoUrl;

impl LogoUrl {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogoUrl {
    type Err = InvalidLogoUrl;

    fn from_str(text: &str) -> Result<Self, InvalidLogoUrl> {
        let url = Url::parse(text.trim()).map_err(|_| InvalidLogoUrl)?;
        let named = url.domain().is_some_and(email::is_domain);
        let plain = url.username().is_empty() && url.password().is_none() && url.port().is_none();
        let text = String::from(url.clone());
        if url.scheme() == "https" && named && plain && text.len() <= LOGO_URL_LENGTH_MAX {
            Ok(Self(text))
        } else {
            Err(InvalidLogoUrl)
        }
    }
}

impl TryFrom<String> for LogoUrl {
    type Error = InvalidLogoUrl;
    fn try_from(text: String) -> Result<Self, InvalidLogoUrl> {
        text.parse()
    }
}

impl From<LogoUrl> for String {
    fn from(url: LogoUrl) -> Self {
        url.0
    }
}

/// A colour, written `#rrggbb` in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// The text is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a colour of the form #rrggbb, such as #1a73e8")]
pub struct InvalidColour;

impl Colour {
    /// The colour with these parts.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// The one of black and white that is easier to read on this colour (WCAG 2.2, "relative luminance").
    #[must_use]
    pub fn text_on_it(self) -> Self {
        // Where the contrast to black and to white is the same: (L + 0.05)² = 0.05 × 1.05.
        const EQUAL: f64 = 0.179;
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = 0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue);
        if luminance > EQUAL { Self::new(0, 0, 0) } else { Self::new(255, 255, 255) }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl FromStr for Colour {
    type Err = InvalidColour;

    fn from_str(text: &str) -> Result<Self, InvalidColour> {
        let digits = text.strip_prefix('#').ok_or(InvalidColour)?;
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(InvalidColour);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| InvalidColour)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self { red, green, blue })
    }
}

impl TryFrom<String> for Colour {
    type Error = InvalidColour;
    fn try_from(text: String) -> Result<Self, InvalidColour> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

/// The name of a host where an account's people open the product, such as `texts.example.com`: lower case, in ASCII, at
/// least two labels, no address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebDomain(String);

/// The text is no host's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a host, such as texts.example.com")]
pub struct InvalidWebDomain;

impl WebDomain {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WebDomain {
    type Err = InvalidWebDomain;

    fn from_str(text: &str) -> Result<Self, InvalidWebDomain> {
        let text = text.trim();
        if text.len() <= WEB_DOMAIN_LENGTH_MAX && email::is_domain(text) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidWebDomain)
        }
    }
}

impl TryFrom<String> for WebDomain {
    type Error = InvalidWebDomain;
    fn try_from(text: String) -> Result<Self, InvalidWebDomain> {
        text.parse()
    }
}

impl From<WebDomain> for String {
    fn from(domain: WebDomain) -> Self {
        domain.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_values_win_and_the_rest_comes_from_the_master() {
        let own = Branding {
            name: Some("Bee".parse().unwrap()),
            accent_colour: Some("#112233".parse().unwrap()),
            ..Branding::default()
        };
        let base = Branding {
            name: Some("Hive".parse().unwrap()),
            logo: Some("https://hive.example/logo.png".parse().unwrap()),
            primary_colour: Some("#000000".parse().unwrap()),
            accent_colour: Some("#ffffff".parse().unwrap()),
            sender_name: Some("Hive Texts".parse().unwrap()),
            web_domain: Some("texts.hive.example".parse().unwrap()),
        };
        let all = own.over(&base);
        assert_eq!((all.name, all.accent_colour), (own.name.clone(), own.accent_colour));
        assert_eq!((all.logo, all.primary_colour), (base.logo.clone(), base.primary_colour));
        assert_eq!((all.sender_name, all.web_domain), (base.sender_name.clone(), base.web_domain.clone()));
        assert_eq!(Branding::default().over(&base), base);
        assert_eq!(own.over(&Branding::default()), own);
    }

    #[test]
    fn a_logo_is_an_https_address_of_a_named_host() {
        for (text, expected) in [
            ("https://example.com/logo.png", "https://example.com/logo.png"),
            (" HTTPS://Example.COM/a?b=c ", "https://example.com/a?b=c"),
            ("https://example.com/\"><script>", "https://example.com/%22%3E%3Cscript%3E"),
        ] {
            assert_eq!(text.parse::<LogoUrl>().unwrap().as_str(), expected);
        }
        let long = format!("https://example.com/{}", "a".repeat(LOGO_URL_LENGTH_MAX));
        for text in [
            "",
            "logo.png",
            "http://example.com/logo.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "https://localhost/logo.png",
            "https://127.0.0.1/logo.png",
            "https://[::1]/logo.png",
            "https://user@example.com/logo.png",
            "https://example.com:8443/logo.png",
            long.as_str(),
        ] {
            assert_eq!(text.parse::<LogoUrl>(), Err(InvalidLogoUrl), "{text:?}");
        }
    }

    #[test]
    fn a_colour_has_one_spelling() {
        assert_eq!("#1A73E8".parse::<Colour>().unwrap().to_string(), "#1a73e8");
        for text in ["", "#", "1a73e8", "#1a73e", "#1a73e88", "#1a73eg", "red", "#+a73e8", "#1a73e8;"] {
            assert_eq!(text.parse::<Colour>(), Err(InvalidColour), "{text:?}");
        }
    }

    #[test]
    fn text_on_a_colour_can_be_read() {
        for (colour, expected) in [
            ("#000000", "#ffffff"),
            ("#ffffff", "#000000"),
            ("#1558b0", "#ffffff"),
            ("#ffcc00", "#000000"),
            ("#767676", "#000000"),
            ("#5a5a5a", "#ffffff"),
        ] {
            assert_eq!(colour.parse::<Colour>().unwrap().text_on_it().to_string(), expected, "{colour}");
        }
    }

    #[test]
    fn a_web_domain_is_a_host_by_name() {
        assert_eq!(" Texts.Example.COM ".parse::<WebDomain>().unwrap().as_str(), "texts.example.com");
        let long = format!("{}.com", ["a"; 130].join("."));
        for text in
            ["", "localhost", "10.0.0.1", "a b.com", "example.com/", "https://example.com", "x.com:80", &long]
        {
            assert_eq!(text.parse::<WebDomain>(), Err(InvalidWebDomain), "{text:?}");
        }
    }

    #[test]
    fn json_leaves_out_what_is_not_set_and_is_checked() {
        assert_eq!(serde_json::to_string(&Branding::default()).unwrap(), "{}");
        let branding: Branding =
            serde_json::from_str(r##"{"primary_colour":"#FFFFFF","web_domain":"a.example"}"##).unwrap();
        assert_eq!(
            serde_json::to_string(&branding).unwrap(),
            r##"{"primary_colour":"#ffffff","web_domain":"a.example"}"##
        );
        assert!(serde_json::from_str::<Branding>(r#"{"logo":"javascript:alert(1)"}"#).is_err());
    }
}

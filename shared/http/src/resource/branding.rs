//! How an account looks: in and out.

use crate::schema;
use domain::branding::{Colour, LogoUrl, WebDomain};
use domain::name::DisplayName;
use serde::{Deserialize, Serialize};

/// How an account looks in e-mails and in the web app. What is null or absent is not said here: for a sub account it comes
/// from its master, otherwise it is the product's own.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Branding {
    /// The name shown, if it is not the account's own.
    #[schema(value_type = Option<schema::DisplayName>)]
    pub name: Option<DisplayName>,
    /// The logo.
    #[schema(value_type = Option<schema::LogoUrl>)]
    pub logo: Option<LogoUrl>,
    /// The colour of headings and bars.
    #[schema(value_type = Option<schema::Colour>)]
    pub primary_colour: Option<Colour>,
    /// The colour of buttons and links.
    #[schema(value_type = Option<schema::Colour>)]
    pub accent_colour: Option<Colour>,
    /// The name that e-mails come from, if it is not the name shown.
    #[schema(value_type = Option<schema::DisplayName>)]
    pub sender_name: Option<DisplayName>,
    /// Where the account's people open the product.
    #[schema(value_type = Option<schema::WebDomain>)]
    pub web_domain: Option<WebDomain>,
}

impl From<domain::branding::Branding> for Branding {
    fn from(it: domain::branding::Branding) -> Self {
        let domain::branding::Branding { name, logo, primary_colour, accent_colour, sender_name, web_domain } =
            it;
        Self { name, logo, primary_colour, accent_colour, sender_name, web_domain }
    }
}

impl From<Branding> for domain::branding::Branding {
    fn from(it: Branding) -> Self {
        let Branding { name, logo, primary_colour, accent_colour, sender_name, web_domain } = it;
        Self { name, logo, primary_colour, accent_colour, sender_name, web_domain }
    }
}

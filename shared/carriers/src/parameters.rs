//! Webhooks that are flat lists of parameters: a form, or the query of a GET.

use std::{borrow::Cow, collections::HashMap};

use domain::message::CarrierReference;
use http::Method;

use crate::{Unreadable, Webhook};

/// The media type of forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A name and a value, decoded.
pub(crate) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The parameters of one webhook. Of a repeated name the first value counts.
pub(crate) struct Parameters<'a>(HashMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Parameters<'a> {
    pub(crate) fn of(hook: &'a Webhook) -> Result<Self, Unreadable> {
        if hook.method != Method::GET && hook.media_type() != FORM {
            return Err(Unreadable::Form);
        }
        Ok(pairs(hook).collect())
    }

    /// The value, unless it is absent or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(AsRef::as_ref).filter(|value| !value.is_empty())
    }

    /// The carrier's name for the message, under the first of these names that has one.
    pub(crate) fn reference(&self, names: &[&str]) -> Option<CarrierReference> {
        let text = names.iter().find_map(|name| self.get(name))?;
        CarrierReference::try_from(text.to_owned()).ok()
    }

    /// The values of `{prefix}0`, `{prefix}1` and so on, in the order of their numbers.
    pub(crate) fn numbered(&self, prefix: &str) -> Vec<&str> {
        let number = |name: &str| name.strip_prefix(prefix)?.parse::<u32>().ok();
        let mut values: Vec<_> =
            self.0.iter().filter_map(|(name, value)| Some((number(name)?, value.as_ref()))).collect();
        values.sort_unstable();
        values.into_iter().map(|(_, value)| value).collect()
    }
}

impl<'a> FromIterator<Pair<'a>> for Parameters<'a> {
    fn from_iter<I: IntoIterator<Item = Pair<'a>>>(pairs: I) -> Self {
        let mut parameters = HashMap::new();
        for (name, value) in pairs {
            parameters.entry(name).or_insert(value);
        }
        Self(parameters)
    }
}

/// The names and values as they were sent: in the query of a GET, in the body of anything else.
pub(crate) fn pairs(hook: &Webhook) -> impl Iterator<Item = Pair<'_>> {
    form_urlencoded::parse(hook.content())
}
